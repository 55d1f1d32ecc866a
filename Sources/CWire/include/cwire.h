int muster_wire_stub(void);
