import Foundation
import ProcessSupport

/// A receiver of posts in a process of its own, which a test can kill.
struct WebhookReceiver {
    let port: Int
    let log: URL
    private let script: URL

    init(in folder: URL) throws {
        port = try Programs.freePort()
        log = folder.appendingPathComponent("posts.log")
        script = folder.appendingPathComponent("receiver.py")
        try Data(Self.program.utf8).write(to: script)
    }

    /// - Parameter faults: What comes of the first posts: a status, `hang` or `cut` each. Then all
    ///   are taken.
    func start(faults: String = "") throws -> ChildProcess {
        try ChildProcess(
            "/usr/bin/env", ["python3", "-u", script.path, "\(port)", faults], log: log)
    }

    /// The events of posts that were answered with 2xx, in order.
    var taken: [JSON] {
        let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").filter { $0.hasPrefix("200 ") }
            .compactMap { try? JSON(parsing: Data($0.dropFirst(4).utf8)) }.flatMap(\.items)
    }

    /// Prints a line for each post, the fault and the body, before it answers.
    private static let program = #"""
        import sys
        import threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        faults = [fault for fault in sys.argv[2].split(",") if fault]
        lock = threading.Lock()


        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with lock:
                    fault = faults.pop(0) if faults else "200"
                    sys.stdout.buffer.write(fault.encode() + b" " + body + b"\n")
                    sys.stdout.buffer.flush()
                if fault == "hang":
                    threading.Event().wait()
                if fault == "cut":
                    self.connection.close()
                    return
                self.send_response(int(fault))
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass


        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
        """#
}
