# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with an inventory or a task file, in one form: subject, place, sentence, cure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_COLLECTION: Final = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Place:
    """A position in a file; `line` is 1-based, 0 when only the file is known.

    As text, a path in the collection begins at its root, another one at the working directory where it can.
    """

    path: str
    line: int = 0

    def __str__(self) -> str:
        short = _short(self.path)
        return f"{short}:{self.line}" if self.line else short


@cache
def _short(path: str) -> str:
    # Ansible names a file by the link through which it found it; a person looks for the file.
    real = Path(path).resolve()
    for root in (_COLLECTION, Path.cwd()):
        if real.is_relative_to(root):
            return str(real.relative_to(root))
    return path


NOWHERE = Place("(place unknown)")


@dataclass(frozen=True)
class Problem:
    """One fault that a person has to mend before anything is changed.

    `subject` names the variable, task or keyword; `message` is one clear sentence about it without the
    final stop; `cure` says what to do.
    """

    subject: str
    message: str
    cure: str
    place: Place = NOWHERE

    def __str__(self) -> str:
        place = "" if self.place is NOWHERE else f"{self.place}: "
        return f"{place}{self.subject}: {self.message}. {self.cure}."


class ProblemsFound(Exception):
    """Raised with every problem found, so that a person mends them in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.summary())

    def summary(self) -> str:
        """Return the problems, one line each, under a line that counts them."""
        count = len(self.problems)
        head = "1 problem, nothing was changed:" if count == 1 else f"{count} problems, nothing was changed:"
        return "\n".join([head, *(f"  {problem}" for problem in self.problems)])
