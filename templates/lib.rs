//! The texts below this folder, embedded: stacks and their wrappers, client samples, report pages, policy rules.
//!
//! `build.rs` lists them, so that a new file needs no line of Rust.

/// Path below this folder, with `/`, and text; in order of the paths.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The text of a file.
///
/// # Panics
/// When there is no such file; in a constant that is an error of the build.
pub const fn text(path: &str) -> &'static str {
    let mut i = 0;
    while i < FILES.len() {
        if same(FILES[i].0, path) {
            return FILES[i].1;
        }
        i += 1;
    }
    panic!("no such file in templates/")
}

/// String equality, which the standard library does not offer in a constant.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{FILES, text};

    #[test]
    fn every_file_is_found_by_its_path() {
        assert!(FILES.len() > 30, "{} files", FILES.len());
        for (path, content) in FILES {
            assert_eq!(text(path), *content);
        }
    }
}
