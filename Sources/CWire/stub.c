int muster_wire_stub(void) { return 0; }
