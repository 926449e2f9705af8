//! Reads a refusal of AWS: that it is one, which action was refused, and on what. Pure text.

/// What tells that AWS refused an action for want of permission, in lower case.
const SIGNS: &[&str] = &[
    "not authorized to perform",
    "unauthorizedoperation",
    "with an explicit deny",
    "policy allows the ",
    "missing the following permissions",
    "policy to add permission: ",
];

/// The longest name of a resource that is repeated to the reader.
const LONGEST: usize = 60;

/// A refused action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Denied {
    /// The action, such as `dynamodb:CreateTable`, where the text names it.
    action: Option<String>,
    /// What it was refused on.
    resource: Option<String>,
    /// Whom it was refused: `the role NAME` or `the user NAME`, where the text names it.
    principal: Option<String>,
}

/// The refusal in a text; `None` when the text is about something else.
pub(super) fn read(text: &str) -> Option<Denied> {
    let lower = text.to_ascii_lowercase();
    let api = after(text, &lower, "api: ").filter(|word| is_action(word));
    let api = api.filter(|_| lower.contains("access denied"));
    let refused = SIGNS.iter().any(|sign| lower.contains(sign));
    if !refused && api.is_none() {
        return None;
    }
    let action = [
        "perform: ",
        "perform ",
        "allows the ",
        "api: ",
        "permissions: ",
        "permission: ",
    ]
    .iter()
    .filter_map(|lead| after(text, &lower, lead))
    .find(|word| is_action(word));
    Some(Denied {
        action,
        resource: ["on resource: ", "for resource: "]
            .iter()
            .find_map(|lead| after(text, &lower, lead)),
        principal: after(text, &lower, "user: ").and_then(|arn| principal(&arn)),
    })
}

/// Fills the names of the refusal into an explanation.
pub(super) fn fill(text: &str, denied: Option<&Denied>) -> String {
    let action = denied.and_then(|d| d.action.as_deref());
    let resource = denied.and_then(|d| d.resource.as_deref());
    let principal = denied.and_then(|d| d.principal.as_deref());
    text.replace("{action}", action.unwrap_or("the action in the message"))
        .replace(
            "{principal}",
            principal.unwrap_or("the role or user that deploys"),
        )
        .replace(
            "{resource}",
            &resource.map_or_else(|| "the resource in the message".to_owned(), short),
        )
}

/// The word that follows a lead, without punctuation around it.
fn after(text: &str, lower: &str, lead: &str) -> Option<String> {
    let start = lower.find(lead)? + lead.len();
    let word = text.get(start..)?.split_whitespace().next()?;
    let word = word.trim_matches(['"', '\'', ',', ';', '.', '(', ')']);
    (!word.is_empty()).then(|| word.to_owned())
}

/// The role or user of an ARN; only a name as IAM takes it is repeated.
fn principal(arn: &str) -> Option<String> {
    let mut path = arn.splitn(6, ':').nth(5)?.split('/');
    let kind = path.next()?.to_ascii_lowercase();
    let (kind, name) = match kind.as_str() {
        "assumed-role" => ("role", path.next()?),
        "role" => ("role", path.next_back()?),
        "user" => ("user", path.next_back()?),
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let named = !name.is_empty() && name.len() <= LONGEST + 4 && name.chars().all(plain);
    named.then(|| format!("the {kind} {name}"))
}

/// `service:Action`.
fn is_action(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '*';
    word.split_once(':').is_some_and(|(service, action)| {
        !service.is_empty() && !action.is_empty() && (word.chars().filter(|c| *c != ':')).all(plain)
    })
}

/// A resource's name: what an ARN says after Region and account, cut in the middle when it is long.
fn short(resource: &str) -> String {
    let name = resource
        .splitn(6, ':')
        .nth(5)
        .filter(|_| (resource.get(..4)).is_some_and(|lead| lead.eq_ignore_ascii_case("arn:")));
    let all: Vec<char> = name.unwrap_or(resource).chars().collect();
    if all.len() <= LONGEST {
        return all.into_iter().collect();
    }
    let half = LONGEST / 2 - 1;
    let (head, tail) = (&all[..half], &all[all.len() - half..]);
    head.iter().chain(['…'].iter()).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_and_the_resource_are_read_from_a_denial() {
        let text = "User: arn:aws:iam::1:user/d is not authorized to perform: SNS:CreateTopic on resource: arn:aws:sns:us-east-1:1:t because no identity-based policy allows the SNS:CreateTopic action";
        let denied = read(text).unwrap();
        assert_eq!(denied.action.as_deref(), Some("SNS:CreateTopic"));
        assert_eq!(
            denied.resource.as_deref(),
            Some("arn:aws:sns:us-east-1:1:t")
        );
        assert_eq!(denied.principal.as_deref(), Some("the user d"));
    }

    #[test]
    fn the_principal_is_the_one_in_the_text() {
        let arn = "arn:aws:sts::1:assumed-role/Handler-ServiceRole-1/Handler-2";
        assert_eq!(
            principal(arn).as_deref(),
            Some("the role Handler-ServiceRole-1")
        );
        assert_eq!(
            principal("arn:aws:iam::1:user/a/b").as_deref(),
            Some("the user b")
        );
        assert_eq!(principal("arn:aws:sts::1:assumed-role/<role>/x"), None);
        assert_eq!(principal("arn:aws:iam::1:root"), None);
        let unnamed = read("is not authorized to perform: s3:GetObject").unwrap();
        assert_eq!(
            fill("{principal}", Some(&unnamed)),
            "the role or user that deploys"
        );
    }

    #[test]
    fn of_an_arn_the_resource_is_named() {
        assert_eq!(short("arn:aws:sns:us-east-1:1:my-topic"), "my-topic");
        assert_eq!(short("ARN:AWS:SNS:US-EAST-1:1:TOPIC"), "TOPIC");
        assert_eq!(short("*"), "*");
    }

    #[test]
    fn a_text_about_something_else_is_no_denial() {
        assert_eq!(read("Table already exists: t"), None);
        assert_eq!(read("Access Denied (Service: S3, Status Code: 403)"), None);
    }

    #[test]
    fn an_old_style_denial_names_its_action_first() {
        let denied = read("API: s3:PutBucketPolicy Access Denied").unwrap();
        assert_eq!(denied.action.as_deref(), Some("s3:PutBucketPolicy"));
    }

    #[test]
    fn without_names_the_explanation_points_at_the_message() {
        let denied = read("You are not authorized to perform this operation.").unwrap();
        let said = fill("grant {action} on {resource}", Some(&denied));
        assert_eq!(
            said,
            "grant the action in the message on the resource in the message"
        );
    }
}
