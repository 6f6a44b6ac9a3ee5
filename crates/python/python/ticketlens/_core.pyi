"""The Rust client, as this package's own files use it. What is public is in `__init__.pyi`."""

from typing import Any

def __getattr__(name: str) -> Any: ...
