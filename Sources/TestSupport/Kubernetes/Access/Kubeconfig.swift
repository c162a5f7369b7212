/// A kubeconfig file with one cluster, user and context.
enum Kubeconfig {
  enum Login {
    case certificate(TestAuthority.Identity)
    case token(String)
    case none
  }

  static func text(server: String, authorityPEM: String, login: Login, namespace: String) -> String {
    let user: String
    switch login {
    case .certificate(let identity):
      user = """
          client-certificate-data: \(Base64Text.text(Array(identity.certificatePEM.utf8)))
              client-key-data: \(Base64Text.text(Array(identity.keyPEM.utf8)))
        """
    case .token(let token): user = "  token: \(token)"
    case .none: user = "  {}"
    }
    return """
      apiVersion: v1
      kind: Config
      current-context: test
      clusters:
      - name: test
        cluster:
          server: \(server)
          certificate-authority-data: \(Base64Text.text(Array(authorityPEM.utf8)))
      users:
      - name: test
        user:
          \(user)
      contexts:
      - name: test
        context:
          cluster: test
          user: test
          namespace: \(namespace)

      """
  }
}
