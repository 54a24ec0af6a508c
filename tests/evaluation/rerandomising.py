"""Draws the arms of a past audience again, by other salts: with no message sent, every interval ought to hold zero."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np


def draw(salt: str, campaign: str, epoch: str, keys: Sequence[str]) -> np.ndarray:
    """What ``crm.draw`` gives for every assignment key: uniform in [0, 1)."""
    prefix = f"{salt}|{campaign}|{epoch}|".encode()
    md5 = hashlib.md5
    numbers = (int.from_bytes(md5(prefix + key.encode()).digest()[:4], "big") for key in keys)
    return np.fromiter(numbers, float, len(keys)) / 2**32


def tables(
    keys: Sequence[str], strata: np.ndarray, measures: np.ndarray, salts: Sequence[str], share: float
) -> np.ndarray:
    """The sums that ``evaluation/strata`` brings down, for every salt.

    :param strata: number of the stratum of each customer, from 0
    :param measures: (customer, measure), to be summed beside the number of customers
    :return: (salt, stratum, arm, 1 + measures), arm 0 = treated
    """
    columns = np.column_stack([np.ones(len(keys)), measures])
    in_stratum = np.eye(strata.max() + 1)[strata]
    spread = (in_stratum[:, :, None] * columns[:, None, :]).reshape(len(keys), -1)
    whole = spread.sum(axis=0)
    held_out = np.stack([(draw(salt, "any", "2017", keys) < share) @ spread for salt in salts])
    shape = (len(salts), in_stratum.shape[1], columns.shape[1])
    return np.stack([(whole - held_out).reshape(shape), held_out.reshape(shape)], axis=2)


def coverage(interval) -> float:
    """Share of the intervals that hold zero."""
    return float(((interval.low <= 0) & (interval.high >= 0)).mean())
