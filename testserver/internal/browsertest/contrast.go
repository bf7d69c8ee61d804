package browsertest

// contrast finds the text that stands out least from what is behind it (WCAG
// 2.2, 1.4.3: contrast of luminance).
const contrast = `(() => {
	const rgb = s => s.match(/[\d.]+/g).map(Number);
	const linear = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
	const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
	const behind = e => {
		for (; e; e = e.parentElement) {
			const c = rgb(getComputedStyle(e).backgroundColor);
			if (c.length < 4 || c[3] > 0) return c;
		}
		return [255, 255, 255];
	};
	let worst = {ratio: 99, text: ''};
	for (const e of document.querySelectorAll('body *:not(style):not(script):not(svg *)')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
		const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(behind(e))];
		const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
		if (ratio < worst.ratio) worst = {ratio, text: e.textContent.trim().slice(0, 40)};
	}
	return worst;
})()`

// Contrast returns the smallest ratio of a text's luminance to that of what is
// behind it, and the text. WCAG's level AA asks for 4.5 or more.
func (b *Tab) Contrast() (ratio float64, text string) {
	b.t.Helper()
	b.Settle()
	worst := Script[struct {
		Ratio float64
		Text  string
	}](b, contrast)
	return worst.Ratio, worst.Text
}
