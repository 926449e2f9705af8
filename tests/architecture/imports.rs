//! Which file of a crate imports which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{code, support};

/// A file by its path in the crate: `report/json/mod.rs` is `[report, json]`.
type Module = Vec<String>;

/// What a file imports of its own crate.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// Files that import each other in a circle. A module and what lies below it may: that is how one is split up.
pub(crate) fn circles(root: &str) -> Vec<String> {
    let mut left = imports(root);
    loop {
        let before = left.len();
        let used: BTreeSet<Module> = left.values().flatten().cloned().collect();
        let open: BTreeSet<Module> = left.keys().cloned().collect();
        left.retain(|module, uses| used.contains(module) && uses.iter().any(|u| open.contains(u)));
        if left.len() == before {
            return left.keys().map(|m| m.join("::")).collect();
        }
    }
}

fn imports(root: &str) -> Imports {
    let files = support::files(root, ".rs").into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root).unwrap().with_extension("");
        let mut module: Module = place
            .iter()
            .map(|part| part.to_string_lossy().into_owned())
            .collect();
        module.pop_if(|last| ["mod", "lib", "main"].contains(&last.as_str()));
        (module, code(&text))
    });
    let files: BTreeMap<Module, String> = files.collect();
    let of = |(module, text): (&Module, &String)| {
        let found = paths(text).into_iter().filter_map(|path| {
            let target = target(module, &path, &files)?;
            let related = target.starts_with(module) || module.starts_with(&target);
            (!related).then_some(target)
        });
        (module.clone(), found.collect())
    };
    files.iter().map(of).collect()
}

/// Every path in a text that may lead to a module of its own crate.
fn paths(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = String::new();
    let opens = |before: &str| {
        let before = before.trim_end();
        before.is_empty() || before.ends_with("pub") || before.ends_with(['}', ')', ']'])
    };
    for statement in text.split(';') {
        match statement.rsplit_once("use ") {
            Some((before, tree)) if opens(before) => {
                out.extend(expand(tree));
                rest += before;
            }
            _ => rest += statement,
        }
    }
    for start in ["crate::", "super::", "self::"] {
        let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        let found = rest.match_indices(start);
        out.extend(found.map(|(at, _)| rest[at..].chars().take_while(|c| is_path(*c)).collect()));
    }
    out
}

/// `a::{b, c::{d}}` as `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((head, inner)) = tree.split_once('{') else {
        return vec![tree.to_owned()];
    };
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let mut depth = 0;
    let branches = inner.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    let branches = branches.filter(|b| !b.trim().is_empty());
    branches
        .flat_map(expand)
        .map(|branch| format!("{head}{branch}"))
        .collect()
}

/// The file that a path leads to.
fn target(from: &Module, path: &str, files: &BTreeMap<Module, String>) -> Option<Module> {
    let mut parts = path
        .split("::")
        .map(|part| part.split(' ').next().unwrap())
        .peekable();
    let mut at = match *parts.peek()? {
        "crate" => Module::new(),
        _ => from.clone(),
    };
    let mut named = false;
    while let Some(word) = parts.next_if(|word| ["crate", "self", "super"].contains(word)) {
        named = true;
        if word == "super" {
            at.pop();
        }
    }
    for part in parts {
        let below: Module = at.iter().cloned().chain([part.to_owned()]).collect();
        if !files.contains_key(&below) {
            break;
        }
        named = true;
        at = below;
    }
    (named && files.contains_key(&at)).then_some(at)
}

#[test]
fn paths_of_a_text_are_found() {
    let text =
        "use super::a::{self, B, c::{d as e}};\nfn f() { crate::g::h(); }\npub(crate) use i::J;";
    let mut found = paths(text);
    found.sort();
    let wanted = [
        "crate::g::h",
        "i::J",
        "super::a::B",
        "super::a::c::d as e",
        "super::a::self",
    ];
    assert_eq!(found, wanted);
}
