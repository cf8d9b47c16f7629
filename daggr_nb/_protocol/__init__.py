"""Every message that crosses the comm between the kernel and a canvas.

The TypeScript types in ``js/src/protocol.gen.ts`` are generated from these modules
(``make protocol``); the test run regenerates them and compares.
"""
