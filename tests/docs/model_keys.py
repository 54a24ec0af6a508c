"""The keys of pydantic models, as people write them in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel


def keys(model: type[BaseModel]) -> set[str]:
    """Its own keys, without those that the code fills in."""
    return {field.alias or name for name, field in model.model_fields.items() if not field.exclude}


def paths(model: type[BaseModel], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Its keys and those of the models below it; "*" is a name that people choose."""
    for name, field in model.model_fields.items():
        path = (*before, field.alias or name)
        yield path
        for chosen, below in _models(field.annotation):
            if path.count(path[-1]) == 1:
                yield from paths(below, (*path, *chosen))


def _models(annotation: Any) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield (), annotation
    chosen = ("*",) if getattr(annotation, "__origin__", None) is dict else ()
    for argument in get_args(annotation):
        yield from ((chosen + deeper, model) for deeper, model in _models(argument))
