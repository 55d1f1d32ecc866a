import Foundation
import Testing

extension InteropSerial {
    @Suite("Terraform and its AWS provider")
    struct TerraformSerial {
        @Test(
            "deploy/examples/terraform: applied, planned again without a difference, destroyed",
            .enabled(
                if: Terraform.plugins != nil,
                """
                needs terraform on PATH and a folder that has its provider hashicorp/aws, where \
                Terraform looks for plugins or where MUSTER_TERRAFORM_PLUGINS says
                """))
        func example() async throws {
            try await play(
                "test_terraform.py::test_applies_plans_nothing_changes_and_destroys",
                environment: ["MUSTER_TEST_TERRAFORM_PLUGINS": Terraform.plugins ?? ""])
        }
    }
}

private enum Terraform {
    /// A folder with the provider; `nil` where that or Terraform itself is missing. Nothing is
    /// downloaded: the provider has 700 MB.
    static var plugins: String? {
        let environment = ProcessInfo.processInfo.environment
        let programs = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/terraform" }
        let files = FileManager.default
        guard programs.contains(where: files.isExecutableFile) else { return nil }
        let home = environment["HOME"] ?? ""
        let opt = ((try? files.contentsOfDirectory(atPath: "/opt")) ?? []).sorted()
        let folders =
            [
                environment["MUSTER_TERRAFORM_PLUGINS"], environment["TF_PLUGIN_CACHE_DIR"],
                "\(home)/.terraform.d/plugins", "\(home)/.local/share/terraform/plugins",
                "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
            ].compactMap { $0 } + opt.map { "/opt/\($0)" }
        return folders.first {
            files.fileExists(atPath: "\($0)/registry.terraform.io/hashicorp/aws")
        }
    }
}
