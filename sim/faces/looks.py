"""How the browser page looks: one column of settings, one of numbers and charts, on 1280 × 800."""

CSS = """
.sim-page { display: grid; grid-template-columns: 272px minmax(0, 1fr); min-height: 100vh;
  width: 100%; background: #f4f5f7; color: #1b1b1b; font-size: 15px; line-height: 1.35; }
.sim-page > * { min-width: 0; }
.sim-side { background: #fff; border-right: 1px solid #dfe2e6; padding: 14px 16px; }
.sim-side h1 { font-size: 17px; font-weight: 600; margin: 0 0 14px; letter-spacing: .01em; }
.sim-side p { color: #555b64; font-size: 13px; margin: 10px 0 0; }
.sim-two { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
.sim-lever { display: flex; align-items: baseline; gap: 6px; margin-top: 8px; font-size: 14px;
  cursor: help; }
.sim-lever span { flex: 1; } .sim-lever b { font-weight: 600; }
.sim-lever b.sim-changed { color: #a8447f; }
.sim-lever i { color: #6b7280; font-style: normal; font-size: 12px; }
.sim-main { padding: 12px 18px 18px; }
.sim-bar { display: flex; align-items: center; gap: 16px; flex-wrap: wrap; }
.sim-name { flex: 1; min-width: 260px; }
.sim-name h2 { font-size: 19px; font-weight: 600; line-height: 1.2; margin: 0 0 2px; }
.sim-name span { font-weight: 600; } .sim-name i { color: #6b7280; font-style: normal;
  margin-left: 10px; }
.sim-buttons { display: flex; align-items: center; gap: 8px; }
.sim-buttons label { font-size: 13px; color: #555b64; white-space: nowrap; margin-left: 6px; }
.sim-buttons .v-input { width: 110px; }
.sim-trouble { white-space: pre-line; background: #fdecea; border-left: 5px solid #b3261e;
  color: #5f1410; padding: 9px 14px; margin-top: 10px; border-radius: 3px; font-size: 15px; }
.sim-wait { margin: 18px 4px; font-size: 17px; color: #555b64; }
.sim-tiles { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px; margin: 12px 0; }
.sim-tile { background: #fff; border: 1px solid #dfe2e6; border-left: 6px solid #9aa0a8;
  border-radius: 4px; padding: 8px 14px; display: grid; grid-template-columns: auto auto;
  align-items: baseline; column-gap: 12px; }
.sim-tile span { font-weight: 600; font-size: 17px; }
.sim-tile b { font-size: 27px; font-weight: 600; text-align: right;
  font-variant-numeric: tabular-nums; line-height: 1.2; }
.sim-tile i { grid-column: 1 / 3; font-style: normal; font-size: 13px; color: #555b64; }
.sim-charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; }
.sim-card { background: #fff; border: 1px solid #dfe2e6; border-radius: 4px; padding: 10px 8px 2px 12px; }
.sim-chart { display: block; width: 100%; height: auto; font-size: 12px; fill: #3f444b; }
.sim-title { font-size: 14.5px; font-weight: 600; fill: #1b1b1b; }
.sim-unit { font-size: 12px; font-weight: 400; fill: #6b7280; }
.sim-label { font-size: 13px; font-weight: 600; }
.sim-grid { stroke: #e6e8eb; } .sim-axis, .sim-tick { stroke: #9aa0a8; fill: none; }
.sim-table { background: #fff; border: 1px solid #dfe2e6; border-radius: 4px; margin-top: 12px;
  width: 100%; border-collapse: collapse; font-size: 14.5px; font-variant-numeric: tabular-nums; }
.sim-table caption { text-align: left; font-weight: 600; padding: 4px 2px; }
.sim-table th, .sim-table td { padding: 3px 14px; text-align: right; border-top: 1px solid #eceef0; }
.sim-table th:first-child { text-align: left; font-weight: 400; }
.sim-table td:last-child { text-align: left; color: #6b7280; }
.sim-table tr.sim-strong th, .sim-table tr.sim-strong td { font-weight: 600; }
.sim-table tr.sim-strong td:last-child { font-weight: 400; }
@media (max-width: 900px) { .sim-page, .sim-charts { grid-template-columns: minmax(0, 1fr); } }
"""
