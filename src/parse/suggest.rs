//! "Did you mean": the known word nearest to a misspelt one.

/// `; did you mean ...?`, or the list of what is known if nothing is near.
pub(super) fn did_you_mean<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.collect();
    let nearest = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match nearest {
        Some((edits, candidate)) if edits <= 1 + word.len() / 4 => format!("; did you mean `{candidate}`?"),
        _ => format!("; known are: {}", known.join(", ")),
    }
}

/// Levenshtein distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_listed() {
        assert_eq!(
            did_you_mean("recipent", ["sender", "recipient"].into_iter()),
            "; did you mean `recipient`?"
        );
        assert_eq!(did_you_mean("x", ["sender", "recipient"].into_iter()), "; known are: sender, recipient");
    }
}
