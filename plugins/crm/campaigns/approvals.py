"""The key ``approval`` of a declaration: from which size or cost on a person must approve before anything is sent."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Approval(BaseModel):
    """``above_messages``: of one send date; ``above_cost``: of sending them and of their coupons, were all redeemed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    above_messages: int | None = Field(None, ge=0)
    above_cost: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _a_limit(self) -> Approval:
        if self.above_messages is None and self.above_cost is None:
            raise ValueError("give above_messages, above_cost (reporting currency) or both")
        return self
