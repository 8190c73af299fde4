"""The user's line on which a node was made."""

import sys

Line = tuple[str, int]


def user_line() -> Line | None:
    """File and line of the innermost frame outside Lamina."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").partition(".")[0] != "lamina":
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def line_text(line: Line | None) -> str:
    """A user's line as operations carry it: the name of the file, and the number."""
    return f"{line[0].rsplit('/', 1)[-1]}:{line[1]}" if line is not None else ""


def describe(line: Line | None) -> str:
    """``model.py:12 `area = width * height` `` or an empty string."""
    if line is None:
        return ""
    import linecache

    text = linecache.getline(*line).strip()
    return f"{line[0]}:{line[1]}" + (f" `{text}`" if text else "")
