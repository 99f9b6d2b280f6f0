//! A document compared with the schema.

use chrono::DateTime;
use throng::simulator::jira::Element;

use super::read::{Attribute, Particle, Schema, Type, What};

type Checked = Result<(), String>;

impl Schema {
    /// Whether a document follows the schema; otherwise what is wrong where.
    pub(super) fn check(&self, document: &str) -> Checked {
        let root = Element::read(document)?;
        let kind = self
            .documents
            .get(&root.name)
            .ok_or_else(|| format!("`{}` is no document", root.name))?;
        self.element(&root, kind, &format!("/{}", root.name))
    }

    fn element(&self, element: &Element, kind: &str, path: &str) -> Checked {
        match self.types.get(kind) {
            Some(Type::Complex { content, attributes }) => {
                self.attributes(element, attributes, path)?;
                self.children(element, content.as_ref(), path)
            }
            _ if !element.attributes.is_empty() || !element.children.is_empty() => {
                Err(format!("`{path}` has more in it than a text"))
            }
            _ => self
                .value(&element.text, kind)
                .map_err(|error| format!("`{path}` {error}")),
        }
    }

    fn attributes(&self, element: &Element, attributes: &[Attribute], path: &str) -> Checked {
        for (name, value) in &element.attributes {
            let known = attributes.iter().find(|attribute| attribute.name == *name);
            let known = known.ok_or_else(|| format!("`{path}`: attribute `{name}` is not known"))?;
            self.value(value, &known.kind)
                .map_err(|error| format!("`{path}`: attribute `{name}` {error}"))?;
        }
        let missing =
            |attribute: &&Attribute| attribute.required && element.attribute(&attribute.name).is_none();
        match attributes.iter().find(missing) {
            Some(attribute) => Err(format!("`{path}`: attribute `{}` is missing", attribute.name)),
            None => Ok(()),
        }
    }

    fn children(&self, element: &Element, content: Option<&Particle>, path: &str) -> Checked {
        if !element.text.trim().is_empty() {
            return Err(format!("`{path}`: text `{}` between the elements", element.text));
        }
        let mut rest = element.children.as_slice();
        if let Some(content) = content {
            self.take(content, &mut rest, path)?;
        }
        match rest.first() {
            Some(other) => Err(format!("`{path}`: `{}` is not expected", other.name)),
            None => Ok(()),
        }
    }

    /// Takes from the front of `rest` as often as the particle occurs there.
    fn take(&self, particle: &Particle, rest: &mut &[Element], path: &str) -> Checked {
        let mut times = 0;
        while times < particle.max && (times < particle.min || self.begins(particle, rest.first())) {
            self.take_once(particle, rest, path)?;
            times += 1;
        }
        Ok(())
    }

    fn take_once(&self, particle: &Particle, rest: &mut &[Element], path: &str) -> Checked {
        match &particle.what {
            What::Element { name, kind } => match rest.split_first() {
                Some((first, others)) if first.name == *name => {
                    *rest = others;
                    self.element(first, kind, &format!("{path}/{name}"))
                }
                Some((other, _)) => Err(format!("`{path}`: `{name}` is missing before `{}`", other.name)),
                None => Err(format!("`{path}`: `{name}` is missing at the end")),
            },
            What::Group(name) => self.take(&self.groups[name], rest, path),
            What::Sequence(parts) => parts.iter().try_for_each(|part| self.take(part, rest, path)),
            What::Choice(parts) => {
                let chosen = parts.iter().find(|part| self.begins(part, rest.first()));
                let chosen = chosen.ok_or_else(|| format!("`{path}`: none of a choice is there"))?;
                self.take(chosen, rest, path)
            }
        }
    }

    /// Whether an element can be the first of a particle.
    fn begins(&self, particle: &Particle, first: Option<&Element>) -> bool {
        let Some(first) = first else { return false };
        match &particle.what {
            What::Element { name, .. } => first.name == *name,
            What::Group(name) => self.begins(&self.groups[name], Some(first)),
            What::Choice(parts) => parts.iter().any(|part| self.begins(part, Some(first))),
            What::Sequence(parts) => {
                let needed = parts.iter().position(|part| part.min > 0).unwrap_or(parts.len());
                parts
                    .iter()
                    .take(needed + 1)
                    .any(|part| self.begins(part, Some(first)))
            }
        }
    }

    fn value(&self, value: &str, kind: &str) -> Checked {
        let good = match kind {
            "xs:string" => true,
            "xs:dateTime" => DateTime::parse_from_rfc3339(value).is_ok(),
            "xs:nonNegativeInteger" => value.parse::<u64>().is_ok(),
            _ => return self.restricted(value, kind),
        };
        if good {
            Ok(())
        } else {
            Err(format!("is no `{kind}`"))
        }
    }

    fn restricted(&self, value: &str, kind: &str) -> Checked {
        let Some(Type::Simple { allowed, min_length }) = self.types.get(kind) else {
            panic!("type `{kind}` is not in the schema, or not a simple one");
        };
        if value.chars().count() < *min_length {
            return Err(format!("is shorter than {min_length}"));
        }
        if allowed.is_empty() || allowed.iter().any(|allowed| allowed == value) {
            return Ok(());
        }
        Err(format!("is `{value}`"))
    }
}
