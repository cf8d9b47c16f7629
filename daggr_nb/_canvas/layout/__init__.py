"""Where cards stand and how edges run between them."""
