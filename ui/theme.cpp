// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include <QApplication>
#include <QFile>
#include <QPalette>
#include <QProxyStyle>
#include <QRegularExpression>
#include <QSettings>
#include <QStyleFactory>
#include <QStyleHints>
#include <array>

// The macro declares a function of the global namespace.
static void init_resources() { Q_INIT_RESOURCE(keel); }

namespace keel::ui {
namespace {

const QString kThemeKey = QStringLiteral("window/theme");

struct Row {
  Ink ink;
  const char* name;  ///< as the style sheet writes it after an @
  QRgb dark, light;
};
constexpr std::array<Row, static_cast<std::size_t>(Ink::kIndicatorDot)> kRows{{
    {Ink::kWindow, "window", 0x1e2025, 0xf1f2f4},
    {Ink::kBase, "base", 0x17181c, 0xfdfdfe},
    {Ink::kText, "text", 0xe2e5ea, 0x1c1f26},
    {Ink::kDim, "dim", 0x969ba6, 0x565c68},
    {Ink::kDisabled, "disabled", 0x686c76, 0x9a9fa9},
    {Ink::kAccent, "accent", 0x5cc8b0, 0x1c8a74},
    {Ink::kSurround, "surround", 0x121316, 0xd5d7db},
    {Ink::kGrid, "grid", 0x34373f, 0xcdd0d6},
    {Ink::kRawPath, "raw-path", 0x8c929e, 0x858b96},
    {Ink::kStrip, "strip", 0x1e2025, 0xe7e9ec},
    {Ink::kShot, "shot", 0x4a5c7a, 0xa9bbd6},
    {Ink::kOtherShot, "other-shot", 0x3a465c, 0xc4d0e2},
    {Ink::kPlayhead, "playhead", 0xf0f0f0, 0x14161a},
    {Ink::kShade, "shade", 0x000000, 0x6d7480},
    {Ink::kEstimator1, "estimator-1", 0x5cc8b0, 0x1c8a74},
    {Ink::kEstimator2, "estimator-2", 0xf0b254, 0xb06a00},
    {Ink::kEstimator3, "estimator-3", 0xce80dc, 0x9438a8},
    {Ink::kEstimator4, "estimator-4", 0x68a4f4, 0x2464c0},
    {Ink::kEstimator5, "estimator-5", 0xe8766c, 0xbc3a30},
    {Ink::kButton, "button", 0x2c2f36, 0xffffff},
    {Ink::kButtonHover, "button-hover", 0x363a43, 0xe9ebee},
    {Ink::kButtonPressed, "button-pressed", 0x24272d, 0xdcdfe4},
    {Ink::kButtonOff, "button-off", 0x24262b, 0xeff0f2},
    {Ink::kEdge, "edge", 0x3b3f49, 0xb9bec7},
    {Ink::kHover, "hover", 0x343841, 0xdde0e5},
    {Ink::kStatus, "status", 0x1a1c20, 0xe6e8eb},
    {Ink::kSeparator, "separator", 0x2c2f36, 0xd4d7dc},
    {Ink::kPrimary, "primary", 0x2f8f7c, 0x1f8570},
    {Ink::kPrimaryHover, "primary-hover", 0x37a58f, 0x26997f},
    {Ink::kPrimaryOff, "primary-off", 0x2a3a37, 0xcfdcd9},
    {Ink::kOnPrimary, "on-primary", 0xffffff, 0xffffff},
    {Ink::kOnPrimaryOff, "on-primary-off", 0x75807d, 0x7d8a87},
    {Ink::kSelected, "selected", 0x2f5a51, 0xbfe3da},
    {Ink::kOnSelected, "on-selected", 0xffffff, 0x10312a},
    {Ink::kBadge, "badge", 0x203530, 0xd2efe8},
    {Ink::kOnBadge, "on-badge", 0x7ee0c6, 0x0f5a4a},
    {Ink::kBadgeOff, "badge-off", 0x2a2d33, 0xe3e5e9},
    {Ink::kError, "error", 0x4a2428, 0xfbdcdc},
    {Ink::kErrorEdge, "error-edge", 0x7a3a40, 0xe0a0a0},
    {Ink::kInfo, "info", 0x1f3b36, 0xd6efe9},
    {Ink::kInfoEdge, "info-edge", 0x2f6b5e, 0x9fd3c5},
    {Ink::kGroove, "groove", 0x383c45, 0xc6cad1},
    {Ink::kGrooveOff, "groove-off", 0x454a54, 0xb4b9c2},
    {Ink::kHandle, "handle", 0xd6dae2, 0x5b626e},
    {Ink::kHandleHover, "handle-hover", 0xffffff, 0x3c424c},
    {Ink::kHandleOff, "handle-off", 0x565b66, 0xb9bec7},
    {Ink::kIndicator, "indicator", 0x767b87, 0x7c828e},
    {Ink::kIndicatorHover, "indicator-hover", 0xd6dae2, 0x2f343d},
    {Ink::kIndicatorDot, "indicator-dot", 0xffffff, 0xffffff},
}};

/// The rows stand in the order of the enumerators, so that one is found by its number.
constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i)
    if (static_cast<std::size_t>(kRows[i].ink) != i + 1) return false;
  return true;
}
static_assert(in_order());

// Of the UI thread only.
bool light = false;

/// Whether Qt can tell what the desktop likes.
constexpr bool kKnowsSystem = QT_VERSION >= QT_VERSION_CHECK(6, 5, 0);

bool is_light(Theme theme) {
  switch (theme) {
    case Theme::kDark:
      return false;
    case Theme::kLight:
      return true;
    case Theme::kSystem:
      break;
  }
#if QT_VERSION >= QT_VERSION_CHECK(6, 5, 0)
  return QGuiApplication::styleHints()->colorScheme() == Qt::ColorScheme::Light;
#else
  return false;
#endif
}

/// Fusion without the light copy that it paints beneath disabled words: on a dark menu that copy is brighter than the word, which then looks blurred.
class PlainFusion : public QProxyStyle {
 public:
  PlainFusion() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {}
  int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override {
    return hint == SH_EtchDisabledText ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
  }
};

QPalette make_palette() {
  QPalette palette;
  for (const auto& [role, what] : {std::pair{QPalette::Window, Ink::kWindow},
                                   {QPalette::WindowText, Ink::kText},
                                   {QPalette::Base, Ink::kBase},
                                   {QPalette::AlternateBase, Ink::kWindow},
                                   {QPalette::Text, Ink::kText},
                                   {QPalette::Button, Ink::kButton},
                                   {QPalette::ButtonText, Ink::kText},
                                   {QPalette::BrightText, Ink::kText},
                                   {QPalette::ToolTipBase, Ink::kButton},
                                   {QPalette::ToolTipText, Ink::kText},
                                   {QPalette::PlaceholderText, Ink::kDim},
                                   {QPalette::Highlight, Ink::kAccent},
                                   {QPalette::HighlightedText, Ink::kBase},
                                   {QPalette::Link, Ink::kAccent}})
    palette.setColor(role, ink(what));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) palette.setColor(QPalette::Disabled, role, ink(Ink::kDisabled));
  return palette;
}

/// The template with colours in the place of their names. A name without a colour stays, which the tests find.
QString make_style_sheet() {
  QFile file(QStringLiteral(":/theme/keel.qss"));
  if (!file.open(QIODevice::ReadOnly)) return {};
  const QString text = QString::fromUtf8(file.readAll());
  static const QRegularExpression name(QStringLiteral("@([a-z0-9-]+)"));
  QString sheet;
  qsizetype from = 0;
  for (auto it = name.globalMatch(text); it.hasNext();) {
    const QRegularExpressionMatch match = it.next();
    sheet += text.mid(from, match.capturedStart() - from);
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& candidate) { return match.captured(1) == QLatin1String(candidate.name); });
    sheet += row == kRows.end() ? match.captured() : ink(row->ink).name();
    from = match.capturedEnd();
  }
  return sheet + text.mid(from);
}

}  // namespace

QColor ink(Ink what) {
  const Row& row = kRows[static_cast<std::size_t>(what) - 1];
  return QColor::fromRgb(light ? row.light : row.dark);
}

void register_resources() { init_resources(); }

void apply_theme(QApplication& application, Theme theme) {
  register_resources();
  light = is_light(theme);
  application.setStyle(new PlainFusion);
  application.setPalette(make_palette());
  application.setStyleSheet(make_style_sheet());
}

QString ThemeChoice::name() const {
  switch (theme) {
    case Theme::kDark:
      return QObject::tr("&Dark");
    case Theme::kLight:
      return QObject::tr("&Light");
    case Theme::kSystem:
      return QObject::tr("As the &system");
  }
  return {};
}

std::vector<ThemeChoice> theme_choices() {
  std::vector<ThemeChoice> choices{{Theme::kDark}, {Theme::kLight}};
  if (kKnowsSystem) choices.push_back({Theme::kSystem});
  return choices;
}

Theme saved_theme() {
  const int saved = QSettings().value(kThemeKey).toInt();
  for (const ThemeChoice& choice : theme_choices())
    if (static_cast<int>(choice.theme) == saved) return choice.theme;
  return Theme::kDark;
}

void save_theme(Theme theme) { QSettings().setValue(kThemeKey, static_cast<int>(theme)); }

}  // namespace keel::ui
