"""The notebook: the only code that knows IPython."""
