//! Lines of units, in which phrases are looked for.

/// What each byte is in a line: a small letter, a full stop for the end of a sentence, a space for all else.
const UNITS: [u8; 256] = {
    let mut units = [b' '; 256];
    let mut code = 0;
    while code < 128 {
        let byte = code as u8;
        if byte.is_ascii_alphabetic() {
            units[code] = byte.to_ascii_lowercase();
        } else if matches!(byte, b'.' | b'?' | b'!' | b';' | b':' | b'\n') {
            units[code] = b'.';
        }
        code += 1;
    }
    units
};

/// Write the units of a text that is ASCII but for signs of print, one space apart: runs of letters in small ones, and a
/// full stop for each end of a sentence.
pub fn line(text: &str) -> String {
    let mut line = String::with_capacity(text.len() + text.len() / 4 + 16);
    // Whether a space is to come before the next unit.
    let mut apart = false;
    for unit in text.bytes().map(|byte| UNITS[usize::from(byte)]) {
        if unit == b' ' {
            apart = true;
            continue;
        }
        let stop = unit == b'.';
        if (stop || apart) && !line.is_empty() {
            line.push(' ');
        }
        line.push(char::from(unit));
        apart = stop;
    }
    line
}
