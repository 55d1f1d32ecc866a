/// What to try on a cluster that has just come up.
enum Guide {
    /// - Parameter credentials: Those of `muster up`, which may be the ones that count.
    static func text(
        endpoint: String, region: String, plan: UpPlan, took: Double, credentials: Credentials?
    ) -> String {
        let muster = Shell.line([CommandLine.arguments[0]])
        let cluster = plan.cluster == "default" ? "" : " --cluster \(plan.cluster)"
        let keys =
            credentials.map { "# and the access key that was found here in \($0.source)" }
            ?? "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
        return #"""
            Cluster \#(plan.cluster) is ready after \#(Int(took * 10 + 0.5) / 10).\#
            \#(Int(took * 10 + 0.5) % 10) s. Try, in another terminal:

              export AWS_ENDPOINT_URL=\#(endpoint) AWS_DEFAULT_REGION=\#(region)
              \#(keys)
              aws ecs list-container-instances\#(cluster)
              aws ecs register-task-definition --cli-input-json file://deploy/examples/web.json
              aws ecs create-service\#(cluster) \
                --cli-input-json file://deploy/examples/web-service.json
              \#(muster) status --watch
              \#(muster) kill-host worker-2 --data \#(Shell.line([plan.home.path]))

            Logs are in \#(plan.home.logs). Ctrl-C stops everything and keeps the data.
            """#
    }
}
