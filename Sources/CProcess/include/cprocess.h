int muster_process_stub(void);
