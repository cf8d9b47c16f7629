"""Services elsewhere, as nodes call them: apps, the Hub, models, apps on this machine."""
