import CWire
import Model

extension HealthCheck: Message {
    static var initialize: (UnsafeMutablePointer<Muster__V1__HealthCheck>?) -> Void {
        muster__v1__health_check__init
    }
    static var messageName: String { "HealthCheck" }

    func write(to message: inout Muster__V1__HealthCheck, _ encoder: Encoder) throws(WireError) {
        message.n_command = command.count
        message.command = try encoder.strings(command, "health_check command")
        message.interval = try encoder.amount(interval, "health_check interval")
        message.timeout = try encoder.amount(timeout, "health_check timeout")
        message.retries = try encoder.amount(retries, "health_check retries")
        message.start_period = try encoder.amount(startPeriod, "health_check start_period")
    }

    init(reading message: Muster__V1__HealthCheck, _ decoder: Decoder) throws(WireError) {
        self.init(
            command: try decoder.strings(
                message.command, message.n_command, "health_check command"),
            interval: Int(message.interval), timeout: Int(message.timeout),
            retries: Int(message.retries), startPeriod: Int(message.start_period))
    }
}
