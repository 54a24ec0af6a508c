"""Arrow and numpy for the reader, imported at their first use: parsing a DAG file must never load them."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["arrow_csv", "np", "pa", "pc", "pq", "types"]


class _AtFirstUse(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq
    from pyarrow import types
else:
    np = _AtFirstUse("numpy")
    pa = _AtFirstUse("pyarrow")
    pc = _AtFirstUse("pyarrow.compute")
    arrow_csv = _AtFirstUse("pyarrow.csv")
    pq = _AtFirstUse("pyarrow.parquet")
    types = _AtFirstUse("pyarrow.types")
