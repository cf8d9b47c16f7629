"""Pictures, sound, film, models and other files."""
