//! `$name` and its relatives in parameter values (postconf(5)): `$name`, `${name}`, `$(name)`, `${name?value}`,
//! `${name:value}`, `${name?{value}:{value}}`, `${{text} == {text} ? {value} : {value}}`, `$$`.

use std::cmp::Ordering;

/// Postfix itself gives up at 100 nested expansions; no honest configuration comes near.
const MAX_DEPTH: usize = 50;
/// Longer values are an attack on memory (`a = $b$b`, `b = $c$c`, ...), not a list of domains.
const MAX_VALUE: usize = 1 << 20;
/// Expansions of one value, which bounds the time that empty results take.
const MAX_STEPS: usize = 20_000;

/// The value of `text`; the sentence says why it has none. `lookup` gives the unexpanded value of a name.
pub(super) fn expand<'p>(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<&'p str>,
) -> Result<String, &'static str> {
    let mut expansion = Expansion { lookup, out: String::new(), steps: 0 };
    expansion.text(text, 0)?;
    Ok(expansion.out)
}

struct Expansion<'l, 'p> {
    lookup: &'l dyn Fn(&str) -> Option<&'p str>,
    out: String,
    steps: usize,
}

impl Expansion<'_, '_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<(), &'static str> {
        self.steps += 1;
        if depth > MAX_DEPTH {
            return Err("it refers to itself");
        }
        if self.steps > MAX_STEPS {
            return Err("its references branch without end");
        }
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            self.push(&rest[..dollar])?;
            rest = &rest[dollar + 1..];
            match rest.bytes().next() {
                Some(b'$') => {
                    self.push("$")?;
                    rest = &rest[1..];
                }
                Some(open @ (b'{' | b'(')) => {
                    let end = closing(rest, open).ok_or("a `${` is not closed")?;
                    self.reference(&rest[1..end], depth)?;
                    rest = &rest[end + 1..];
                }
                _ => {
                    let end = rest.bytes().take_while(|&byte| is_name_byte(byte)).count();
                    self.name(&rest[..end], depth)?;
                    rest = &rest[end..];
                }
            }
        }
        self.push(rest)
    }

    fn push(&mut self, text: &str) -> Result<(), &'static str> {
        self.out.push_str(text);
        if self.out.len() > MAX_VALUE { Err("it grows beyond a megabyte") } else { Ok(()) }
    }

    fn name(&mut self, name: &str, depth: usize) -> Result<(), &'static str> {
        match (self.lookup)(name) {
            Some(value) => self.text(value, depth + 1),
            None => Ok(()),
        }
    }

    /// What stands between the brackets.
    fn reference(&mut self, inside: &str, depth: usize) -> Result<(), &'static str> {
        let inside = inside.trim();
        let (holds, branches) = if inside.starts_with('{') {
            self.comparison(inside, depth)?
        } else {
            let end = inside.bytes().take_while(|&byte| is_name_byte(byte)).count();
            let (name, branches) = inside.split_at(end);
            if branches.trim().is_empty() {
                return self.name(name, depth);
            }
            // As Postfix does, the test looks at the value before it is expanded.
            ((self.lookup)(name).is_some_and(|value| !value.is_empty()), branches.trim_start())
        };
        let (then, otherwise) = branches_of(branches)?;
        match if holds { then } else { otherwise } {
            Some(value) => self.text(value, depth + 1),
            None => Ok(()),
        }
    }

    /// `{text} operator {text}`; the rest is its branches.
    fn comparison<'t>(&mut self, inside: &'t str, depth: usize) -> Result<(bool, &'t str), &'static str> {
        const BROKEN: &str = "a comparison is not of the form `{text} == {text} ? {value} : {value}`";
        let (left, rest) = braced(inside).ok_or(BROKEN)?;
        let rest = rest.trim_start();
        let operator = &rest[..rest.find([' ', '\t', '{']).ok_or(BROKEN)?];
        let (right, rest) = braced(rest[operator.len()..].trim_start()).ok_or(BROKEN)?;
        let ordering = compare(&self.aside(left, depth)?, &self.aside(right, depth)?);
        // The operators of Postfix 3.6 for compatibility levels (`<level`) compare numbers with parts as we do anyway.
        let holds = match operator.trim_end_matches("level") {
            "==" => ordering.is_eq(),
            "!=" => ordering.is_ne(),
            "<" => ordering.is_lt(),
            "<=" => ordering.is_le(),
            ">" => ordering.is_gt(),
            ">=" => ordering.is_ge(),
            _ => return Err(BROKEN),
        };
        Ok((holds, rest.trim_start()))
    }

    /// Expands `text` apart from the result.
    fn aside(&mut self, text: &str, depth: usize) -> Result<String, &'static str> {
        let kept = std::mem::take(&mut self.out);
        let result = self.text(text, depth + 1);
        let value = std::mem::replace(&mut self.out, kept);
        result.map(|()| value)
    }
}

/// `?value`, `:value`, `?{value}:{value}`: what holds if the test does, and if not.
fn branches_of(text: &str) -> Result<(Option<&str>, Option<&str>), &'static str> {
    if let Some(value) = text.strip_prefix('?') {
        let value = value.trim_start();
        let Some((then, rest)) = braced(value) else { return Ok((Some(value), None)) };
        let otherwise = rest.trim_start().strip_prefix(':').map(str::trim);
        return Ok((Some(then), otherwise.map(|value| braced(value).map_or(value, |(value, _)| value))));
    }
    let value =
        text.strip_prefix(':').ok_or("behind a name in `${...}` stands neither `?` nor `:`")?.trim_start();
    Ok((None, Some(braced(value).map_or(value, |(value, _)| value))))
}

/// Splits `{value}rest`; white space inside the braces does not count.
fn braced(text: &str) -> Option<(&str, &str)> {
    let end = text.starts_with('{').then(|| closing(text, b'{')).flatten()?;
    Some((text[1..end].trim(), &text[end + 1..]))
}

/// Where the bracket that opens `text` closes.
fn closing(text: &str, open: u8) -> Option<usize> {
    let close = if open == b'{' { b'}' } else { b')' };
    let mut level = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            level += 1;
        } else if byte == close {
            level -= 1;
            if level == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// Numbers with parts (`3.6`) as numbers, anything else as text.
fn compare(left: &str, right: &str) -> Ordering {
    let parts = |text: &str| text.split('.').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok();
    match (parts(left), parts(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.cmp(right),
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<String, &'static str> {
        expand(text, &|name| match name {
            "host" => Some("mx.example"),
            "twice" => Some("$host $host"),
            "empty" => Some(""),
            "level" => Some("3.6"),
            "loop" => Some("${loop}"),
            "bomb" => Some("$bomb0$bomb0"),
            "bomb0" => Some("$bomb1$bomb1$bomb1$bomb1"),
            "bomb1" => Some("$bomb2$bomb2$bomb2$bomb2$bomb2$bomb2$bomb2$bomb2$bomb2$bomb2"),
            "bomb2" => Some("$bomb3$bomb3$bomb3$bomb3$bomb3$bomb3$bomb3$bomb3$bomb3$bomb3"),
            "bomb3" => Some("$bomb4$bomb4$bomb4$bomb4$bomb4$bomb4$bomb4$bomb4$bomb4$bomb4"),
            "bomb4" => Some("$empty$empty$empty$empty$empty$empty$empty$empty$empty$empty"),
            _ => None,
        })
    }

    #[test]
    fn every_form_of_reference_expands() {
        for (text, want) in [
            ("a $host b", "a mx.example b"),
            ("x.${host}y", "x.mx.exampley"),
            ("$(host)", "mx.example"),
            ("$twice", "mx.example mx.example"),
            ("$unknown.", "."),
            ("$$5", "$5"),
            ("${host?yes}", "yes"),
            ("${empty?yes}", ""),
            ("${empty:no}", "no"),
            ("${host:no}", ""),
            ("${host?{yes $host}:{no}}", "yes mx.example"),
            ("${empty ? { yes } : { no }}", "no"),
            ("${{$level} < {2} ? {old} : {new}}", "new"),
            ("${{$level} >=level {3.10} ? {new} : {old}}", "old"),
            ("${{$host} == {mx.example} ? {us} :}", "us"),
            ("${{$host} != {mx.example} ? {them} :}", ""),
        ] {
            assert_eq!(value(text).as_deref(), Ok(want), "{text}");
        }
    }

    #[test]
    fn values_without_end_are_refused() {
        for text in ["$loop", "$bomb", "${host", "${{a} ~ {b} ? {c}}", "${host!x}"] {
            assert!(value(text).is_err(), "{text}");
        }
    }
}
