"""Write docs/openapi.json, or with --check tell whether it is what the code says."""

import argparse
import json
import sys
from pathlib import Path

from api.openapi.document import document_of
from stowage.catalog.registry import all_kinds

PATH = Path(__file__).parents[2] / "docs" / "openapi.json"


def main(arguments: list[str] | None = None, path: Path = PATH) -> int:
    """Write or check the document at `path`; give the exit status."""
    parser = argparse.ArgumentParser(prog="api.openapi", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the document is out of date")
    options = parser.parse_args(arguments)
    text = json.dumps(document_of(all_kinds()), indent=2, ensure_ascii=False) + "\n"
    if not options.check:
        path.write_text(text, encoding="utf-8")
        return 0
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write("docs/openapi.json is out of date: run `make openapi`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
