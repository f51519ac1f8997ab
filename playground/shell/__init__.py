"""What stands around all tabs: languages, look, recipes in links and pictures, and what is patched in Gradio."""
