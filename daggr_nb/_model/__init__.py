"""What a graph is: ports, nodes, edges, topology. Pure; no input or output."""
