//! House rules that a machine can check, read from the sources as text.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Files that git knows or would take, relative to the root.
fn files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files of the project");
    assert!(output.status.success(), "git ls-files failed");
    let mut files: Vec<String> =
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    files.retain(|f| root().join(f).is_file());
    files
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

fn is_source(file: &str) -> bool {
    [".rs", ".ts", ".tsx", ".mjs"].iter().any(|end| file.ends_with(end)) && !file.contains(".gen.")
}

fn report(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}:\n  {}", found.join("\n  "));
}

#[test]
fn rooms_depend_only_in_the_allowed_direction() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("hazard", &[][..]),
        ("route", &[]),
        ("plan", &[]),
        ("broker", &[]),
        ("kernel", &["hazard", "route"]),
        ("base", &["kernel"]),
        ("exchange", &["kernel", "base", "route"]),
        ("protocol", &["kernel", "base", "plan"]),
        ("store", &["kernel", "base"]),
        ("node", &["kernel", "store"]),
        (
            "server",
            &[
                "hazard", "route", "plan", "kernel", "base", "exchange", "protocol", "broker",
                "store", "node",
            ],
        ),
        ("edge", &["hazard", "route", "kernel", "protocol", "broker", "store", "node"]),
        ("sim", &["hazard", "route", "base", "kernel", "protocol", "node"]),
    ]);
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let room = entry.unwrap().file_name().into_string().unwrap();
        let manifest: toml::Table = read(&format!("crates/{room}/Cargo.toml")).parse().unwrap();
        let Some(edges) = allowed.get(room.as_str()) else {
            found.push(format!("room {room} is not in the list"));
            continue;
        };
        let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
        for name in dependencies.into_iter().flat_map(toml::Table::keys) {
            if let Some(to) = name.strip_prefix("helan-")
                && !edges.contains(&to)
            {
                found.push(format!("{room} -> {to}"));
            }
        }
    }
    report("dependencies between rooms that ARCHITECTURE.md does not allow", &found);
}

#[test]
fn files_fit_in_a_head_and_lines_on_a_screen() {
    const MOST_LINES: usize = 1000;
    const MOST_COLUMNS: usize = 140;
    let mut found = Vec::new();
    for file in files().iter().filter(|f| is_source(f)) {
        let text = read(file);
        let lines = text.lines().count();
        if lines > MOST_LINES {
            found.push(format!("{file}: {lines} lines"));
        }
        for (number, line) in text.lines().enumerate() {
            if file.ends_with(".rs") && line.chars().count() > MOST_COLUMNS {
                found.push(format!("{file}:{}: {} columns", number + 1, line.chars().count()));
            }
        }
    }
    report("too long", &found);
}

#[test]
fn nothing_is_left_for_later_in_silence() {
    // Put together so that this file does not find itself.
    let marks = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let mut found = Vec::new();
    for file in files().iter().filter(|f| is_source(f)) {
        for (number, line) in read(file).lines().enumerate() {
            if marks.iter().any(|m| line.contains(m.as_str())) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    report("marks of unfinished work", &found);
}

#[test]
fn only_clock_modules_and_tests_ask_the_time() {
    let mut found = Vec::new();
    for file in files().iter().filter(|f| f.starts_with("crates/") && f.ends_with(".rs")) {
        if file.ends_with("/clock.rs") || file.contains("/tests/") || file.contains("/examples/") {
            continue;
        }
        let text = read(file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let comment = line.trim_start().starts_with("//");
            if !comment && (line.contains("SystemTime::now") || line.contains("Instant::now")) {
                found.push(format!("{file}:{}", number + 1));
            }
        }
    }
    report("time is an input", &found);
}

#[test]
fn both_languages_have_the_same_messages() {
    let mut found = Vec::new();
    for (zh, en) in [
        ("web/src/i18n/zh.json", "web/src/i18n/en.json"),
        ("crates/server/src/text/zh.json", "crates/server/src/text/en.json"),
    ] {
        let (zh_keys, en_keys) = (message_keys(zh), message_keys(en));
        if zh_keys.is_empty() {
            found.push(format!("{zh}: no messages"));
        }
        found.extend(zh_keys.symmetric_difference(&en_keys).map(|k| format!("{zh} | {en}: {k}")));
    }
    report("messages in one language only", &found);
}

fn message_keys(file: &str) -> BTreeSet<String> {
    fn collect(prefix: &str, value: &serde_json::Value, keys: &mut BTreeSet<String>) {
        if let serde_json::Value::Object(map) = value {
            for (name, inner) in map {
                collect(&format!("{prefix}.{name}"), inner, keys);
            }
        } else {
            keys.insert(prefix.to_owned());
        }
    }
    let mut keys = BTreeSet::new();
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(&read(file)) {
        collect("", &value, &mut keys);
    }
    keys
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut found = Vec::new();
    for file in files().iter().filter(|f| f.ends_with(".md")) {
        let folder = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
        for part in read(file).split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = path.contains("://") || path.starts_with("mailto:");
            if !path.is_empty() && !elsewhere && !root().join(&folder).join(path).exists() {
                found.push(format!("{file}: {target}"));
            }
        }
    }
    report("broken links", &found);
}

#[test]
fn every_dependency_has_its_line() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let table = manifest["workspace"]["dependencies"].as_table().unwrap();
    let document = read("docs/dependencies.md");
    let part_of_name = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    let words: BTreeSet<&str> = document
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split(|c: char| !part_of_name(c)))
        .collect();
    let missing: Vec<String> = table
        .keys()
        .filter(|name| !name.starts_with("helan-") && !words.contains(name.as_str()))
        .cloned()
        .collect();
    report("no line in docs/dependencies.md", &missing);
}

#[test]
fn no_file_is_large_or_bound_to_one_machine() {
    const MOST_BYTES: u64 = 1024 * 1024;
    let homes = [["/ho", "me/"].concat(), ["/ro", "ot/"].concat()];
    let mut found = Vec::new();
    for file in files() {
        let size = fs::metadata(root().join(&file)).map_or(0, |m| m.len());
        if size > MOST_BYTES {
            found.push(format!("{file}: {size} bytes"));
        }
        let text = if is_source(&file) { read(&file) } else { String::new() };
        if homes.iter().any(|home| text.contains(home.as_str())) {
            found.push(format!("{file}: an absolute path"));
        }
    }
    report("large files and absolute paths", &found);
}
