/// What the metrics of Muster mean, for the `# HELP` lines: swift-metrics carries no texts.
public enum MetricHelp {
    public static let all = [
        "muster_api_throttled_total":
            "Requests that strict mode refused with ThrottlingException, by ECS's category.",
        "muster_event_streams": "Streams of events that are open.",
        "muster_event_streams_dropped_total":
            "Streams of events that were ended because their clients read too slowly.",
        "muster_event_streams_refused_total":
            "Streams of events that were refused because as many were open as may be.",
        "muster_exec_sessions": "Commands of muster exec that are under way.",
        "muster_instance_cpu_cores":
            "Cores that the containers of a worker use, as it last told.",
        "muster_instance_impaired":
            "1 where a worker says that its runtime or its disk is impaired, 0 where it is well.",
        "muster_instance_memory_bytes":
            "Memory that the containers of a worker use, as it last told.",
        "muster_metrics_refused_total":
            "Metrics made beyond a bound of names or label sets, or under a name of another kind.",
        "muster_rpc_defences_total":
            "Connections and calls of gRPC peers that were ended because they broke a rule or a "
            + "bound, by what they broke.",
        "muster_service_cpu_utilisation_percent":
            "CPU that a service's tasks use of what they reserve.",
        "muster_service_memory_utilisation_percent":
            "Memory that a service's tasks use of what they reserve.",
        "muster_webhook_behind_changes":
            "Changes whose events the webhook's receiver has not taken yet.",
        "muster_webhook_events_total": "Events that the webhook's receiver took.",
        "muster_webhook_failures_total": "Posts that the webhook's receiver did not take.",
        "muster_webhook_gaps_total":
            "Times that changes were not kept any more before their events were posted.",
        "muster_webhook_lost_events_total":
            "Events that were given up after the webhook's receiver did not take them for long.",
        "process_cpu_seconds_total": "User and system CPU time spent, in seconds.",
        "process_open_fds": "Number of open file descriptors.",
        "process_resident_memory_bytes": "Resident memory size in bytes.",
    ]
}
