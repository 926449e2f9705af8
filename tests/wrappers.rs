//! `generate --with cdk,terraform`: the wrappers read in their own languages, and what a user types stays a text in them.

#[path = "support/stacks.rs"]
mod stacks;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use cachewright::stack::Stack;
use cachewright::stack::wrappers::Tool;
use cachewright::yaml::{Kind, Node, parse_template};
use serde_json::{Value, json};

const CDK: &str = ".tools/cdk-2.276.0";
const HCL: &str = ".tools/hcl2-8.1.4";

/// The stack of an example, as `generate` writes it; `None` where the answer is no stack.
fn generated(profile: &Path, into: &Path) -> Option<()> {
    let output = support::command(&[])
        .arg("generate")
        .arg(profile)
        .args(["--with", "cdk,terraform", "--output"])
        .arg(into)
        .output()
        .unwrap();
    match output.status.code() {
        Some(0) => Some(()),
        Some(1) => None,
        _ => panic!("{}: {}", profile.display(), support::stderr(&output)),
    }
}

/// Every example that has a stack, generated below a folder.
fn examples(root: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("examples").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if generated(&path, &root.join(&name)).is_some() {
                names.push(name);
            }
        }
    }
    names.sort();
    assert!(names.len() >= 13, "{names:?}");
    names
}

fn tree(folder: &Path) -> Node {
    let text = std::fs::read_to_string(folder.join("template.yaml")).unwrap();
    parse_template(&text).unwrap()
}

fn keys(root: &Node, section: &str) -> Vec<String> {
    let Some(Kind::Map(entries)) = root.get(section).map(|n| &n.kind) else {
        return Vec::new();
    };
    let mut keys: Vec<String> = entries.iter().map(|e| e.key.clone()).collect();
    keys.sort();
    keys
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A value for every parameter that has none.
fn props(folder: &Path) -> Value {
    let root = tree(folder);
    let text = std::fs::read_to_string(folder.join("parameters.json")).unwrap();
    let given: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut out = serde_json::Map::new();
    for name in keys(&root, "Parameters") {
        let node = root.get("Parameters").unwrap().get(&name).unwrap();
        let known = given.iter().any(|g| g["ParameterKey"] == json!(name));
        if known || node.get("Default").is_some() {
            continue;
        }
        let kind = node.get("Type").and_then(Node::text).unwrap();
        let key = name[..1].to_lowercase() + &name[1..];
        let list = kind.starts_with("List<") || kind == "CommaDelimitedList";
        let value = if list {
            json!(["one-1", "two-2"])
        } else {
            json!("one-1")
        };
        out.insert(key, value);
    }
    Value::Object(out)
}

#[test]
fn the_wrappers_of_three_stacks_are_these() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["product-pages", "static-site", "leaderboard-no-vpc"] {
        let folder = dir.path().join(name);
        let profile = PathBuf::from(format!("examples/{name}.yaml"));
        generated(&profile, &folder).unwrap();
        for (file, form) in [("cache-stack.ts", "cdk"), ("main.tf", "terraform")] {
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            insta::assert_snapshot!(format!("{name}-{form}"), text);
        }
    }
}

#[test]
fn a_wrapper_is_asked_for_by_name_and_told_in_the_readme() {
    let dir = tempfile::tempdir().unwrap();
    let run = |with: &[&str], into: &str| {
        let output = support::command(&[])
            .args(["generate", "examples/static-site.yaml", "--output"])
            .arg(dir.path().join(into))
            .args(with)
            .output()
            .unwrap();
        (
            output.status.code(),
            support::stdout(&output),
            support::stderr(&output),
        )
    };
    let (code, out, _) = run(&[], "none");
    assert!(code == Some(0) && !out.contains("main.tf") && !out.contains("cache-stack.ts"));
    let (code, out, _) = run(&["--with", "terraform"], "one");
    assert!(code == Some(0) && out.contains("main.tf") && !out.contains("cache-stack.ts"));
    let readme = std::fs::read_to_string(dir.path().join("one/README.md")).unwrap();
    assert!(readme.contains("## With Terraform") && !readme.contains("## With the AWS CDK"));
    let (code, _, err) = run(&["--with", "pulumi"], "wrong");
    assert!(code == Some(2) && err.contains("cdk, terraform"), "{err}");
    // A file of one's own is not overwritten.
    let (code, _, err) = run(&["--with", "terraform"], "one");
    assert!(code == Some(2) && err.contains("--force"), "{err}");
}

/// The wrappers of a stack whose every text from outside is this one.
fn hostile(text: &str) -> Stack {
    let template = format!(
        "Parameters:\n  Address:\n    Type: String\n    Description: {0}\n  Names:\n    Type: CommaDelimitedList\n  Size:\n    Type: Number\nResources:\n  Shelf:\n    Type: AWS::SNS::Topic\nOutputs:\n  Name:\n    Description: {0}\n    Value: !Ref Shelf\n",
        cachewright::text::json_string(text)
    );
    let parameters = ["Address", "Names", "Size"]
        .map(|key| json!({ "ParameterKey": key, "ParameterValue": text }));
    Stack {
        template,
        parameters: json!(parameters).to_string(),
        readme: String::new(),
        region: text.to_owned(),
        name: text.to_owned(),
        capabilities: vec![text.to_owned()],
        missing: Vec::new(),
        missing_keys: String::new(),
        unused: Vec::new(),
    }
}

const NASTY: &[&str] = &[
    "plain",
    "\"; process.exit(9); \"",
    "*/ process.exit(9) /*",
    "${process.exit(9)}",
    "${file(\"/etc/passwd\")}",
    "$${x}",
    "$$${x}",
    "%{ if true }",
    "%%{ for a in b }",
    "a\\",
    "a\\\"",
    "a\nb\r\nc",
    "a\u{2028}b\u{2029}c\u{85}d\u{0}e\u{8}f\u{c}g",
    "\"\n}\nresource \"null_resource\" \"x\" {\n",
    "{{ x }} {% include \"main.tf\" %} {# x #}",
    "é🦀\u{202e}",
    "`",
];

#[test]
fn a_text_never_becomes_code() {
    let lines = |text: &str, tool: Tool| {
        let wrapper = tool.wrap(&hostile(text)).unwrap();
        (wrapper.text.lines().count(), wrapper.text)
    };
    for tool in [Tool::Cdk, Tool::Terraform] {
        let (plain, _) = lines("plain", tool);
        for nasty in NASTY {
            let (count, text) = lines(nasty, tool);
            assert_eq!(count, plain, "{nasty:?}\n{text}");
            // The only template of Terraform's language is our own.
            if tool == Tool::Terraform {
                let opened = text.matches("${").count() - text.matches("$${").count();
                assert_eq!(opened, 1, "{nasty:?}\n{text}");
                let opened = text.matches("%{").count() - text.matches("%%{").count();
                assert_eq!(opened, 0, "{nasty:?}\n{text}");
            }
        }
    }
}

/// Writes the hostile wrappers below a folder, and their names.
fn hostile_folders(root: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for (at, nasty) in NASTY.iter().enumerate() {
        let name = format!("hostile-{at}");
        let folder = root.join(&name);
        std::fs::create_dir(&folder).unwrap();
        let stack = hostile(nasty);
        std::fs::write(folder.join("template.yaml"), &stack.template).unwrap();
        std::fs::write(folder.join("parameters.json"), &stack.parameters).unwrap();
        for tool in [Tool::Cdk, Tool::Terraform] {
            let wrapper = tool.wrap(&stack).unwrap();
            std::fs::write(folder.join(wrapper.file), wrapper.text).unwrap();
        }
        names.push(name);
    }
    names
}

#[test]
fn terraform_reads_what_the_template_says() {
    let python = Path::new(HCL).join("bin/python");
    if !stacks::tool(&python) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut names = examples(dir.path());
    names.extend(hostile_folders(dir.path()));
    let output = Command::new(python)
        .arg("tests/wrappers/hcl.py")
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", support::stderr(&output));
    let read: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read.len(), names.len());
    for name in &names {
        let root = tree(&dir.path().join(name));
        let named = |section| -> Vec<String> {
            let mut out: Vec<String> = keys(&root, section).iter().map(|k| snake(k)).collect();
            out.sort();
            out
        };
        let mut variables = named("Parameters");
        variables.extend(["stack_name".to_owned(), "tags".to_owned()]);
        variables.sort();
        assert_eq!(read[name]["variables"], json!(variables), "{name}");
        assert_eq!(read[name]["outputs"], json!(named("Outputs")), "{name}");
        assert_eq!(
            read[name]["resources"],
            json!(["aws_cloudformation_stack"]),
            "{name}"
        );
    }
    eprintln!("python-hcl2: {} modules", names.len());
}

/// A folder that TypeScript and Node take for a package with CDK in it.
fn package(root: &Path) {
    let modules = std::env::current_dir()
        .unwrap()
        .join(CDK)
        .join("node_modules");
    std::os::unix::fs::symlink(modules, root.join("node_modules")).unwrap();
    std::fs::write(root.join("package.json"), "{\"type\": \"module\"}").unwrap();
    let options = json!({
        "compilerOptions": {
            "strict": true, "noUnusedLocals": true, "noUnusedParameters": true, "exactOptionalPropertyTypes": false,
            "module": "nodenext", "target": "es2022", "skipLibCheck": true, "types": ["node"],
        },
        "include": ["*/cache-stack.ts"],
    });
    std::fs::write(root.join("tsconfig.json"), options.to_string()).unwrap();
}

#[test]
fn cdk_compiles_and_synthesizes_what_the_template_says() {
    let tsc = Path::new(CDK).join("node_modules/typescript/bin/tsc");
    if !stacks::tool(&Path::new(CDK).join("installed")) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    package(dir.path());
    let names = examples(dir.path());
    let hostile = hostile_folders(dir.path());
    let output = Command::new("node")
        .arg(&tsc)
        .arg("-p")
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", support::stdout(&output));
    let cases: BTreeMap<&String, Value> = names
        .iter()
        .map(|name| (name, props(&dir.path().join(name))))
        .collect();
    std::fs::write(dir.path().join("cases.json"), json!(cases).to_string()).unwrap();
    let output = Command::new("node")
        .arg("tests/wrappers/synth.mjs")
        .arg(dir.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", support::stderr(&output));
    let made: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(made.len(), names.len());
    for (name, made) in &made {
        same(name, made, &tree(&dir.path().join(name)));
    }
    eprintln!(
        "tsc: {} stacks, {} hostile; synthesized: {}",
        names.len(),
        hostile.len(),
        made.len()
    );
}

/// What CDK made of a template: the same resources, outputs and metadata, in the Region of the stack.
fn same(name: &str, made: &Value, root: &Node) {
    let resources = root.get("Resources").unwrap();
    let types: BTreeMap<String, &str> = keys(root, "Resources")
        .into_iter()
        .map(|id| {
            let node = resources.get(&id).unwrap();
            let kind = node.get("Type").and_then(Node::text).unwrap();
            (id, kind)
        })
        .collect();
    assert_eq!(made["types"], json!(types), "{name}");
    assert_eq!(made["outputs"], json!(keys(root, "Outputs")), "{name}");
    let metadata = root.get("Metadata").unwrap().get("Cachewright").unwrap();
    let decision = metadata.get("Decision").and_then(Node::text);
    assert_eq!(made["metadata"]["Decision"].as_str(), decision, "{name}");
    let region = metadata.get("Region").and_then(Node::text);
    assert_eq!(made["region"].as_str(), region, "{name}");
}
