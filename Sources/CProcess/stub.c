int muster_process_stub(void) { return 0; }
