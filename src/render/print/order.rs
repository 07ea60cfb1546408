//! The natural order of keys: digits by their number, letters behind everything else.

use std::sync::LazyLock;

use regex::Regex;

/// Sort by key as go-yaml does.
///
/// Its order is no total order (`1` < `01` < `0a` < `1`), for which the standard library's sort
/// may panic; where it is none, the real output depends on chance.
pub(super) fn sort<T: Copy>(items: &mut Vec<T>, key: impl Fn(&T) -> &str) {
    let len = items.len();
    if items.windows(2).all(|pair| !less(key(&pair[1]), key(&pair[0]))) {
        return;
    }
    // Equal runs come out in order of bytes, whatever order they were written in.
    items.sort_by(|a, b| key(a).cmp(key(b)));
    let mut merged = Vec::with_capacity(len);
    let mut width = 1;
    while width < len {
        for run in items.chunks(2 * width) {
            let (mut left, mut right) = run.split_at(width.min(run.len()));
            while let ([a, ..], [b, ..]) = (left, right) {
                if less(key(b), key(a)) {
                    merged.push(*b);
                    right = &right[1..];
                } else {
                    merged.push(*a);
                    left = &left[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        std::mem::swap(items, &mut merged);
        merged.clear();
        width *= 2;
    }
}

/// Whether `a` stands before `b`.
fn less(a: &str, b: &str) -> bool {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    // The bytes may part within a character: go back to where it begins.
    let same = (0..=same).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0);
    let (Some(x), Some(y)) = (a[same..].chars().next(), b[same..].chars().next()) else {
        return a.len() < b.len();
    };
    match (is_letter(x), is_letter(y)) {
        (true, true) => return x < y,
        (false, true) => return true,
        (true, false) => return false,
        (false, false) => {}
    }
    // A digit other than 0 before a zero makes the zero count as a place of a longer number.
    let digits_before = a[..same].chars().rev().take_while(|c| is_digit(*c));
    let lead = i64::from((x == '0' || y == '0') && digits_before.into_iter().any(|c| c != '0'));
    let ((m, m_len), (n, n_len)) = (number(lead, &a[same..]), number(lead, &b[same..]));
    if m != n {
        m < n
    } else if m_len != n_len {
        m_len < n_len
    } else {
        x < y
    }
}

/// The number that a text begins with, behind a leading digit, and how many digits it has.
fn number(lead: i64, text: &str) -> (i64, usize) {
    text.chars().take_while(|c| is_digit(*c)).fold((lead, 0), |(number, len), c| {
        let digit = i64::from(u32::from(c)) - i64::from(u32::from('0'));
        // Long numbers overflow in Go as well.
        (number.wrapping_mul(10).wrapping_add(digit), len + 1)
    })
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { is_in(c, &LETTER) }
}

fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { is_in(c, &DIGIT) }
}

static LETTER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{L}").expect("a constant pattern"));
static DIGIT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\p{Nd}").expect("a constant pattern"));

fn is_in(c: char, class: &Regex) -> bool {
    class.is_match(c.encode_utf8(&mut [0; 4]))
}
