internal import KubernetesAPI

/// The `Table` form of objects, which kubectl prints.
enum TableText {
  static func table(_ objects: [JSONValue], _ type: ResourceDefinition, at now: Timestamp) -> JSONValue {
    let columns = columns(of: type)
    let definitions = columns.map { column -> JSONValue in
      [
        "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
        "description": .string(column.description), "priority": .integer(column.priority),
      ]
    }
    let rows = objects.map { object -> JSONValue in
      [
        "cells": .array(columns.map { $0.cell(object, now) }),
        "object": [
          "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:],
        ],
      ]
    }
    return [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1",
      "metadata": ["resourceVersion": objects.first?["metadata", "resourceVersion"] ?? ""],
      "columnDefinitions": .array(definitions), "rows": .array(rows),
    ]
  }

  private static func columns(of type: ResourceDefinition) -> [ResourceDefinition.Column] {
    let name = ResourceDefinition.Column(name: "Name", format: "name") { object, _ in .string(object.name) }
    let age = ResourceDefinition.Column(name: "Age") { object, now in
      .string(Self.age(object["metadata", "creationTimestamp"]?.text, at: now))
    }
    // A CRD with columns of its own says itself whether there is an age.
    let showsAge = (!type.isCustom || type.columns.isEmpty) && type.resource != "customresourcedefinitions"
    return [name] + type.columns + (showsAge ? [age] : [])
  }

  /// `5s`, `3m20s`, `4h`, `12d`, as kubectl shows ages.
  static func age(_ time: String?, at now: Timestamp) -> String {
    guard let time, let then = Timestamp(rfc3339: time) else { return "<unknown>" }
    let seconds = Int64((now - then).inSeconds)
    if seconds < 0 { return seconds >= -1 ? "0s" : "<invalid>" }
    if seconds < 120 { return "\(seconds)s" }
    let minutes = seconds / 60
    if minutes < 10 { return seconds % 60 == 0 ? "\(minutes)m" : "\(minutes)m\(seconds % 60)s" }
    if minutes < 180 { return "\(minutes)m" }
    let hours = minutes / 60
    if hours < 8 { return minutes % 60 == 0 ? "\(hours)h" : "\(hours)h\(minutes % 60)m" }
    if hours < 48 { return "\(hours)h" }
    let days = hours / 24
    if days < 8 { return hours % 24 == 0 ? "\(days)d" : "\(days)d\(hours % 24)h" }
    return "\(days)d"
  }
}
