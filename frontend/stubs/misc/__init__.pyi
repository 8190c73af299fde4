# Made by `make stubs` from frontend/homes.py and the namespaces' own imports.

__all__: list[str] = []
