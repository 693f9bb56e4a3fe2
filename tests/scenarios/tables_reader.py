"""Reads the scenario tables: paragraphs of a title and steps, `what is done -> the truth`."""

from dataclasses import dataclass
from pathlib import Path

TABLES = Path(__file__).with_name("tables")


@dataclass(frozen=True)
class Step:
    """One line: what is done, and what is true afterwards ("" where nothing is said)."""

    text: str
    truth: str
    line: int


@dataclass(frozen=True)
class Scenario:
    """A title and its steps; ``table`` is the file's name without suffix."""

    table: str
    title: str
    steps: tuple[Step, ...]

    @property
    def channels(self) -> set[str]:
        """The streams it listens to."""
        words = (step.text.partition("listen to ") for step in self.steps)
        return {name for _, found, name in words if found}

    @property
    def id(self) -> str:
        """For test names."""
        return f"{self.table}: {self.title}"


def read(table: str) -> list[Scenario]:
    """All scenarios of a table. Raises ValueError for a step outside of a scenario."""
    found: list[Scenario] = []
    title, steps = "", []

    def close() -> None:
        if title:
            found.append(Scenario(table, title, tuple(steps)))

    for number, line in enumerate((TABLES / f"{table}.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not line.startswith(" "):
            close()
            title, steps = line.strip(), []
        elif not title:
            raise ValueError(f"{table}.txt:{number}: a step before the first title")
        else:
            text, _, truth = line.partition("->")
            steps.append(Step(" ".join(text.split()), truth.strip(), number))
    close()
    return found


def names() -> list[str]:
    """The tables there are."""
    return sorted(path.stem for path in TABLES.glob("*.txt"))


def every(*tables: str) -> list[Scenario]:
    """The scenarios of some tables, or of all."""
    return [scenario for table in tables or names() for scenario in read(table)]
