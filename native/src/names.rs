//! Names of fields.

/// A few names; one is found by its length first, which nearly always tells.
pub struct Names(Vec<String>);

impl Names {
    pub fn new(mut names: Vec<String>) -> Self {
        names.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
        Names(names)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.binary_search_by(|each| (each.len(), each.as_str()).cmp(&(name.len(), name))).is_ok()
    }
}
