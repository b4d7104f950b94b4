#!/usr/bin/python3
"""Writes the messages of the tables beside it, each as NAME.eml in a folder:

    tests/evasions/build.py OUT [TABLE ...]

The same octets on each machine. Needs nothing but Python."""

import dataclasses
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import archives  # noqa: E402  (found through the path above)
import cms  # noqa: E402
import files  # noqa: E402
import hidden  # noqa: E402
import mail  # noqa: E402
import office  # noqa: E402
import ole  # noqa: E402
import pages  # noqa: E402
import quine  # noqa: E402
import zips  # noqa: E402

TABLES = ("structure", "encodings", "names", "containers", "archives", "documents")
ACTIONS = ("pass", "tag", "replace", "quarantine", "discard", "refuse")  # the mildest first


@dataclasses.dataclass(frozen=True)
class Row:
    group: str
    name: str
    build: str    # an expression of the words of the modules above
    seen_by: str  # which programs see what
    action: str   # at least so strict is what we decide
    decides: str  # the type, property or extension that does: "pe", "too-deep", "ext:vbs"

    def message(self) -> bytes:
        return mail.whole(self.name, evaluate(self.build))


def words() -> dict:
    """All that a table's expression may say."""
    found = {}
    for module in (quine, zips, archives, cms, ole, office, pages, files, hidden, mail):
        found |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return found


WORDS = words()


def evaluate(expression: str) -> bytes:
    return eval(expression, dict(WORDS))  # noqa: S307  (the tables are part of the tests)


def read_table(path: Path) -> list[Row]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        columns = line.split(" | ")
        if len(columns) != 5 or columns[3] not in ACTIONS:
            raise SystemExit(f"{path}:{number}: not name | build | seen by | action | decides")
        rows.append(Row(path.stem, *columns))
    return rows


def all_rows(tables=TABLES) -> list[Row]:
    rows = [row for table in tables for row in read_table(HERE / "tables" / f"{table}.table")]
    twice = {row.name for row in rows if sum(other.name == row.name for other in rows) > 1}
    if twice:
        raise SystemExit(f"named twice: {', '.join(sorted(twice))}")
    return rows


def write_all(folder: Path, rows) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        try:
            (folder / f"{row.name}.eml").write_bytes(row.message())
        except Exception as error:
            raise SystemExit(f"{row.group}: {row.name}: {type(error).__name__}: {error}") from error


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    rows = all_rows(sys.argv[2:] or TABLES)
    write_all(Path(sys.argv[1]), rows)
    print(f"{len(rows)} messages")


if __name__ == "__main__":
    main()
