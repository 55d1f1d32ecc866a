/// What the metrics of Muster mean, for the `# HELP` lines: swift-metrics carries no texts.
public enum MetricHelp {
    public static let all = [
        "muster_metrics_refused_total":
            "Metrics made beyond a bound of names or label sets, or under a name of another kind.",
        "muster_rpc_defences_total":
            "Connections and calls of gRPC peers that were ended because they broke a rule or a "
            + "bound, by what they broke.",
        "process_cpu_seconds_total": "User and system CPU time spent, in seconds.",
        "process_open_fds": "Number of open file descriptors.",
        "process_resident_memory_bytes": "Resident memory size in bytes.",
    ]
}
