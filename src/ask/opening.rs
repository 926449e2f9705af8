//! What is asked of everybody, by layer: the first question in people's words, the questions that follow it in their
//! order, and what nobody at that layer is asked.

use crate::domain::field::{Field, Given, find};

/// An answer to the first question: what somebody has, and what a profile says of it.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// What it is called.
    pub word: &'static str,
    /// In a few words; short enough for a narrow terminal.
    pub says: &'static str,
    /// The fields that it answers, the layer first.
    pub sets: &'static [(&'static str, &'static str)],
}

/// The answers to the first question. Whether files are mounted decides more than anything asked after it, and a store
/// with nothing behind it needs no question about what is behind it.
pub const STARTS: &[Start] = &[
    Start {
        word: "application",
        says: "code: results, fragments, what an API said",
        sets: &[("layer", "application")],
    },
    Start {
        word: "store",
        says: "nothing behind it: sessions, counters, queues",
        sets: &[("layer", "application"), ("origin.kind", "none")],
    },
    Start {
        word: "database",
        says: "a database that is read too often",
        sets: &[("layer", "database")],
    },
    Start {
        word: "edge",
        says: "the public web: pages, images, APIs",
        sets: &[("layer", "edge")],
    },
    Start {
        word: "folder",
        says: "files in a folder that machines mount",
        sets: &[("layer", "storage"), ("interface", "posix")],
    },
    Start {
        word: "objects",
        says: "objects read by calls, as in S3",
        sets: &[("layer", "storage"), ("interface", "object")],
    },
];

/// The start of a word.
pub fn start(word: &str) -> Option<&'static Start> {
    STARTS.iter().find(|s| s.word == word)
}

/// Does a question make sense after these answers?
type Sense = fn(Given<'_>) -> bool;

/// The questions of some layers.
struct Opening {
    layers: &'static [&'static str],
    /// Asked of everybody, in this order, where it makes sense after the answers before.
    asked: &'static [(&'static str, Sense)],
    /// Not asked: whoever has such a must-have states it.
    never: &'static [&'static str],
    /// Lists that hold only what is likely at these layers.
    only_likely: &'static [&'static str],
    /// What is typical, where the layer has its own.
    typical: &'static [(&'static str, &'static str)],
}

fn always(_: Given<'_>) -> bool {
    true
}

/// Functions live in a VPC only where somebody has put them there; machines and containers always do.
fn may_lack_a_vpc(given: Given<'_>) -> bool {
    given("compute").is_some_and(|c| c.contains("lambda") || c.contains("app-runner"))
}

/// From outside AWS the way is the internet or a line of one's own, and each has another bill.
fn comes_from_outside(given: Given<'_>) -> bool {
    given("compute").is_some_and(|c| c.contains("on-premises"))
}

/// There is something to be older than.
fn has_an_origin(given: Given<'_>) -> bool {
    given("origin.kind").is_some_and(|kind| kind != "none")
}

const OPENINGS: &[Opening] = &[
    Opening {
        layers: &["application", "database"],
        asked: &[
            ("compute", always),
            ("private_access", comes_from_outside),
            ("network.vpc", may_lack_a_vpc),
            ("traffic.reads", always),
            ("traffic.writes", always),
            ("data.item_size", always),
            ("data.working_set", always),
            ("origin.kind", always),
            ("data.ttl", has_an_origin),
        ],
        never: &["requirements.pattern"],
        only_likely: &[],
        typical: &[],
    },
    Opening {
        layers: &["client", "edge"],
        asked: &[
            ("traffic.reads", always),
            ("data.item_size", always),
            ("origin.kind", always),
            ("viewers", always),
        ],
        never: &[
            "latency",
            "scale_to_zero",
            "requirements.pattern",
            "requirements.durability",
            "requirements.consistency",
            "private_access",
            "requirements.multi_region",
        ],
        only_likely: &["requirements.features", "compute", "origin.kind"],
        typical: &[
            (
                "traffic.reads",
                "requests: 100k/day a small shop, 3M/day a busy site",
            ),
            (
                "data.item_size",
                "20 KB a page, 60 KB with its pictures, 2 MB a photo",
            ),
        ],
    },
    Opening {
        layers: &["storage"],
        asked: &[
            ("interface", always),
            ("data.working_set", always),
            // Before the reads: whoever knows bytes a second says those.
            ("data.item_size", always),
            ("traffic.reads", always),
            ("traffic.active_hours", always),
            ("origin.kind", always),
        ],
        never: &[],
        only_likely: &["requirements.features", "compute", "origin.kind"],
        typical: &[
            (
                "traffic.reads",
                "10/s a build server; or bytes a second: 2 GB/s",
            ),
            (
                "data.item_size",
                "100 KB a thumbnail, 20 MB a chunk of a data set",
            ),
            ("data.working_set", "200 GiB artifacts, 8 TB a data set"),
            (
                "traffic.active_hours",
                "730 h always on, 60 h a few jobs a week",
            ),
        ],
    },
];

fn of(given: Given<'_>) -> Option<&'static Opening> {
    let layer = given("layer")?;
    OPENINGS.iter().find(|o| o.layers.contains(&layer))
}

/// The questions that everybody is asked after these answers, answered or not, in their order.
pub fn opening(given: Given<'_>) -> Vec<&'static Field> {
    let first = [("layer", always as Sense), ("region", always)];
    let rest = of(given).map_or(&[][..], |o| o.asked);
    let all = first.iter().chain(rest);
    all.filter(|(_, sense)| sense(given))
        .filter_map(|(path, _)| find(path))
        .collect()
}

/// What people at this layer have of it.
pub fn typical(given: Given<'_>, field: &'static Field) -> &'static str {
    let own = of(given).and_then(|o| o.typical.iter().find(|(path, _)| *path == field.path));
    own.map_or(field.typical, |(_, text)| text)
}

/// Does its list hold only what is likely at this layer?
pub fn is_only_likely(given: Given<'_>, path: &str) -> bool {
    of(given).is_some_and(|o| o.only_likely.contains(&path))
}

/// Is nobody at this layer asked for it?
pub fn is_never_asked(given: Given<'_>, path: &str) -> bool {
    of(given).is_some_and(|o| o.never.contains(&path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::{Value, When};
    use crate::domain::profile::{Layer, Word as _};

    #[test]
    fn every_layer_opens_with_fields_that_can_be_asked() {
        for layer in Layer::ALL {
            let given = |path: &str| match path {
                "layer" => Some(layer.word()),
                "compute" => Some("lambda"),
                "origin.kind" => Some("rds"),
                _ => None,
            };
            let asked = opening(&given);
            assert!(asked.len() > 5, "{layer:?}: {asked:?}");
            for field in asked {
                assert!(!matches!(field.ask.when, When::Never), "{field:?}");
                assert!(!is_never_asked(&given, field.path), "{field:?}");
            }
            let of = of(&given).unwrap();
            let mut named = of.never.iter().chain(of.only_likely);
            assert!(named.all(|path| find(path).is_some()), "{layer:?}");
            let mut typical = of.typical.iter();
            assert!(typical.all(|(p, text)| find(p).is_some() && text.len() <= 56));
        }
    }

    #[test]
    fn every_start_says_words_of_the_profile() {
        for start in STARTS {
            assert_eq!(start.sets[0].0, "layer");
            assert!(12 + start.says.len() <= 60, "{start:?}");
            for (path, word) in start.sets {
                let Value::One(choice) = find(path).unwrap().value else {
                    panic!("{path} is no word");
                };
                assert!(choice.words().contains(word), "{path}: {word}");
            }
        }
    }
}
