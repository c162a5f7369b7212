internal import Engine
internal import Foundation
public import KubernetesAPI

/// Reads files and folders of manifests. Nothing stops it: what cannot be read becomes a problem of the set, and the rest
/// is there.
public struct ManifestLoader: Sendable {
  /// Larger files are refused: no manifest needs that, and a typed-in path may name anything.
  public static let maximumFileSize = 64 << 20

  public init() {}

  /// The files behind the paths: a file is itself, a folder is every `.yaml`, `.yml` and `.json` below it, sorted.
  /// - Throws: `FieldError` when a path does not exist.
  public func files(at paths: [String]) throws(FieldError) -> [String] {
    var files: [String] = []
    for path in paths {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        throw FieldError(field: "-f", message: "\(path) does not exist")
      }
      files += isDirectory.boolValue ? manifests(below: path) : [path]
    }
    return files
  }

  private func manifests(below folder: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      let last = name.split(separator: "/").last ?? ""
      return !last.hasPrefix(".") && [".yaml", ".yml", ".json"].contains { last.hasSuffix($0) }
    }
    .sorted().map { folder.hasSuffix("/") ? folder + $0 : folder + "/" + $0 }
  }

  public func load(files: [String]) -> ManifestSet {
    var set = ManifestSet()
    for file in files {
      do {
        for document in try YAMLReader.documents(in: try text(of: file)) {
          add(document, of: file, to: &set)
        }
      } catch {
        let origin = ManifestSet.Origin(file: file, line: error.line)
        set.addProblem(origin, errors: [FieldError(field: "", message: "cannot be read as YAML: \(error.message)")])
      }
    }
    return set
  }

  private func text(of file: String) throws(YAMLSyntaxError) -> String {
    guard let handle = FileHandle(forReadingAtPath: file) else {
      throw YAMLSyntaxError(line: nil, message: "the file cannot be opened: does it exist, and may you read it?")
    }
    defer { try? handle.close() }
    let data = (try? handle.read(upToCount: Self.maximumFileSize + 1)) ?? Data()
    guard data.count <= Self.maximumFileSize else {
      throw YAMLSyntaxError(line: nil, message: "larger than \(Self.maximumFileSize >> 20) MiB")
    }
    guard let text = String(validating: data, as: UTF8.self), !text.utf8.contains(0) else {
      throw YAMLSyntaxError(line: nil, message: "not text in UTF-8")
    }
    return text
  }

  /// Adds one document of a file; what is wrong with it becomes a problem of the set.
  package func add(_ document: YAMLDocument, of file: String, to set: inout ManifestSet) {
    read(document.content, origin: ManifestSet.Origin(file: file, line: document.line), into: &set)
  }

  private func read(_ content: JSONValue, origin: ManifestSet.Origin, into set: inout ManifestSet) {
    guard case .object(let fields) = content else {
      set.addProblem(
        origin,
        errors: [
          FieldError(field: "", message: "a manifest is a mapping with apiVersion, kind and metadata")
        ])
      return
    }
    guard case .string(let kind)? = fields["kind"], case .string(let apiVersion)? = fields["apiVersion"] else {
      let missing = fields["kind"] == nil ? "kind" : "apiVersion"
      set.addProblem(
        origin,
        errors: [
          FieldError(
            field: missing, message: "missing: write apiVersion and kind, such as keda.sh/v1alpha1 ScaledObject")
        ])
      return
    }
    if kind == "List" || kind == "ScaledObjectList", case .array(let items)? = fields["items"] {
      for item in items { read(item, origin: origin, into: &set) }
      return
    }
    ManifestReader(content: content, apiVersion: apiVersion, kind: kind, origin: origin).read(into: &set)
  }
}

extension ManifestSet {
  mutating func addProblem(
    _ origin: Origin, kind: String = "", namespace: String = "", name: String = "", errors: [FieldError]
  ) {
    problems.append(Problem(origin: origin, kind: kind, namespace: namespace, name: name, errors: errors))
  }
}
