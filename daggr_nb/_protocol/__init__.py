"""Every message that crosses the comm between the kernel and a canvas."""
