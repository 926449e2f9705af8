//! Where a source can be read: only plain `https` addresses become links.

/// A link target, only for plain `https` addresses.
fn https(url: &str) -> Option<String> {
    let safe = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\');
    (url.starts_with("https://") && url.len() > 8 && url.chars().all(safe)).then(|| url.to_owned())
}

/// Where a source can be read: its own address, or the file of a repository that it names.
pub(crate) fn link(text: &str) -> Option<String> {
    https(text).or_else(|| https(&repository(text)?))
}

/// `github OWNER/NAME@COMMIT PATH` anywhere in a text; more words than a path lead to the commit alone.
fn repository(text: &str) -> Option<String> {
    let mut words = text.split_once("github ")?.1.split(' ');
    let (name, commit) = match words.next()?.split_once('@') {
        Some((name, commit)) => (name, Some(commit)),
        None => return None,
    };
    let plain = |s: &str| {
        s.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    };
    let commit = commit.filter(|c| c.len() >= 7 && c.chars().all(|c| c.is_ascii_hexdigit()))?;
    if !plain(name) || name.matches('/').count() != 1 {
        return None;
    }
    match (words.next(), words.next()) {
        (Some(path), None) if plain(path) => {
            Some(format!("https://github.com/{name}/blob/{commit}/{path}"))
        }
        _ => Some(format!("https://github.com/{name}/tree/{commit}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_becomes_a_link() {
        assert!(https("https://docs.aws.amazon.com/a?b=1#c").is_some());
        for bad in [
            "http://a",
            "javascript:alert(1)",
            "https://",
            "https://a\" onclick=1",
            "https://a b",
            "github a/b",
            "HTTPS://a",
        ] {
            assert!(https(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_source_in_a_repository_becomes_a_link() {
        let blob = "https://github.com/aws/kit@1".replace("@1", "/blob/d6ad2e44/a/b.md");
        assert_eq!(link("github aws/kit@d6ad2e44 a/b.md"), Some(blob));
        let tree = Some("https://github.com/aws/kit/tree/d6ad2e44".to_owned());
        assert_eq!(link("github aws/kit@d6ad2e44 a.json, b.json"), tree);
        assert_eq!(link("price map via github aws/kit@d6ad2e44"), tree);
        assert_eq!(link("github aws/kit notes"), None);
        assert_eq!(link("github aws/kit@\"onclick=x"), None);
    }
}
