//! What people call a level of danger; who does not know a level reads its key.

use helan_plan::Text;

/// Name of a level by its key.
#[must_use]
pub fn level(key: &str) -> Text {
    let known = match key {
        "leave" => ("撤离区", "area to leave"),
        "shelter" => ("就地避险区", "area to shelter in"),
        "isolation" => ("泄漏点周边隔离区", "isolation area around the leak"),
        "erg-protective" => ("防护距离区", "protective distance"),
        "lel-100" => ("爆炸下限区", "lower explosive limit"),
        "idlh" => ("立即威胁生命和健康浓度区", "IDLH area"),
        "gbz-mac" => ("超最高容许浓度区", "above the highest value at work"),
        "gbz-stel" => ("超短时间接触容许浓度区", "above the short-term value at work"),
        "gbz-3-twa" => ("超3倍时间加权容许浓度区", "above three times the mean at work"),
        _ => return of_number(key).unwrap_or_else(|| Text::same(key.to_uppercase())),
    };
    Text::new(known.0, known.1)
}

/// Those that hold a number.
fn of_number(key: &str) -> Option<Text> {
    let number = |text: &str| text.parse::<f64>().is_ok().then(|| text.to_owned());
    if let Some(minutes) = key.strip_prefix("burnt-").and_then(|rest| rest.strip_suffix("-min")) {
        let n = number(minutes)?;
        return Some(Text::new(format!("{n}分钟内过火区"), format!("burnt within {n} min")));
    }
    let (sort, n) = key.rsplit_once('-')?;
    let n = number(n)?;
    let (zh, en) = match sort {
        "aegl" | "erpg" => {
            let sort = sort.to_uppercase();
            (format!("{sort}-{n}级浓度区"), format!("{sort}-{n} area"))
        }
        "lel" => (format!("爆炸下限{n}%区"), format!("{n} % of the lower explosive limit")),
        "oxygen" => (format!("氧含量低于{n}%区"), format!("oxygen below {n} %")),
        "intensity" => (format!("{n}度烈度区"), format!("intensity {n}")),
        _ => return None,
    };
    Some(Text::new(zh, en))
}

#[cfg(test)]
mod tests {
    use helan_plan::Lang;

    use super::level;

    #[test]
    fn levels_have_names_in_both_languages() {
        let known = [
            "leave",
            "isolation",
            "aegl-3",
            "erpg-2",
            "lel-100",
            "lel-50",
            "burnt-60-min",
            "oxygen-19.5",
            "intensity-8",
        ];
        for key in known {
            let name = level(key);
            assert!(name.get(Lang::Zh).chars().any(|c| c > '\u{4e00}'), "{key}: {name:?}");
            assert!(name.get(Lang::En).is_ascii(), "{key}: {name:?}");
            assert_ne!(name.get(Lang::En), key.to_uppercase());
        }
        assert_eq!(level("burnt-60-min").get(Lang::Zh), "60分钟内过火区");
        assert_eq!(level("ppm-x").get(Lang::Zh), "PPM-X");
    }
}
