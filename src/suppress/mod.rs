//! The one place where findings are filtered: levels, ignore comments and annotations, baseline.
