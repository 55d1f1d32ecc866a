import CProcess
public import Model

/// How many files the agent may have open: it holds some for every container and every port.
public enum OpenFiles {
    /// Raises this process's soft limit to its hard limit.
    ///
    /// - Returns: the limit from before, for ``ProcessRuntime/Configuration/openFiles``: programs
    ///   that count on a small one would suffer from a large one. `nil` where nothing was raised.
    public static func raise() -> Ulimit? {
        var soft: Int64 = 0
        var hard: Int64 = 0
        guard cprocess_raise_open_files(&soft, &hard) == 0 else { return nil }
        return Ulimit(name: "nofile", soft: Int(soft), hard: Int(hard))
    }
}
